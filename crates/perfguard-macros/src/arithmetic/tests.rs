//! What is read of a body. What the compiler makes of it is the subject of the interface tests.

use quote::quote;
use syn::{Block, parse_quote};

use super::repeat::bound;
use super::walk;
use crate::args::{BudgetArgs, Checked};
use crate::function::Function;

/// What a body costs, and what it calls in loops without a bound.
fn read(body: &mut Block, checked: &Checked) -> Option<(String, Vec<String>)> {
    let item = quote!(
        fn own(argument: impl Fn()) {}
    );
    let function = Function::parse("query_budget", &item).ok()?;
    let found = walk::body(body, &function, checked).ok()?;
    let unbounded = found.unbounded.iter().map(ToString::to_string).collect();
    Some((found.cost.to_string(), unbounded))
}

fn found(cost: &str, unbounded: &[&str]) -> Option<(String, Vec<String>)> {
    let unbounded = unbounded.iter().map(|&call| call.to_owned()).collect();
    Some((cost.to_owned(), unbounded))
}

#[track_caller]
fn assert_cost(mut body: Block, cost: &str) {
    assert_eq!(read(&mut body, &Checked::default()), found(cost, &[]));
}

#[track_caller]
fn assert_unbounded(mut body: Block, calls: &[&str]) {
    assert_eq!(read(&mut body, &Checked::default()), found("", calls));
}

#[test]
fn one_after_another_is_a_sum() {
    assert_cost(
        parse_quote!({
            Some(1);
            Row(2);
        }),
        "",
    );
    assert_cost(
        parse_quote!({
            let user = a(db).await?;
            let Some(first) = b::<u8>(&user)?.map_err(c(1)) else {
                return d();
            };
            [e(f()), (g(), !h()).0];
            r#match(i() + x.method(j()))
        }),
        "a + b + c + d + e + f + g + h + match + i + j",
    );
}

#[test]
fn of_branches_the_largest_counts() {
    // One branch that counts is what it is.
    assert_cost(
        parse_quote!({
            match () {
                () => {
                    a();
                    b()
                }
            }
        }),
        "a + b",
    );
    assert_cost(
        parse_quote!({
            if true {
                a();
                b()
            } else {
                Vec::new()
            }
        }),
        "a + b",
    );
    assert_cost(
        parse_quote!({
            if a() {
                b()
            }
        }),
        "a + b",
    );
    assert_cost(
        parse_quote!({
            if a() {
                b();
                c()
            } else if d() {
                e()
            } else {
                f()
            }
        }),
        "a + max(b + c, d + max(e, f))",
    );
    assert_cost(
        parse_quote!({
            match a() {
                1 if b() => c(),
                2 | 3 => return d(),
                _ => {}
            }
        }),
        "a + b + max(c, d)",
    );
}

#[test]
fn what_runs_later_counts_where_it_is_written() {
    assert_cost(
        parse_quote!({
            let load = |n| a(n);
            retry(|| b()).await;
            tokio::spawn(async move { c().await });
            option.map(|n| d(n)).unwrap_or_else(|| e());
            flag.then(|| f());
            rows.into_iter().next().map(|row| g(row));
            unsafe { h() }
        }),
        "a + retry + b + c + d + e + f + g + h",
    );
}

#[test]
fn macros_of_expressions_are_looked_into() {
    assert_cost(
        parse_quote!({
            let (x, y) = tokio::join!(a(), b());
            println!("{}", c());
            json!({ "key": d() });
            vec![e(), f()]
        }),
        "a + b + c + e + f",
    );
}

#[test]
fn a_local_name_is_no_function_of_the_module() {
    assert_cost(
        parse_quote!({
            argument();
            own();
            let a = a();
            a();
            {
                let b = 1;
                b();
            }
            b();
            if let Some(c) = c() {
                c()
            } else {
                d()
            }
            |e| e();
            match 1 {
                f if f() => f(),
                _ => g(),
            }
            for h in [h()] {
                h()
            }
            use module::{i, j as k};
            i();
            j();
            k();
            l();
            fn l() {}
        }),
        "a + b + c + d + g + h + j",
    );
}

#[test]
fn loops_over_what_is_written_out_are_multiplied() {
    assert_cost(
        parse_quote!({
            for n in 0..4 {
                a(n);
                b()
            }
            for n in (1..=3).rev() {
                c()
            }
            for n in &[1, 2] {
                d()
            }
            for n in [0; 8].iter().enumerate() {
                for m in [1, 2] {
                    e()
                }
            }
            for n in rows(1).iter().take(20) {
                f()
            }
            for n in [1] {
                g()
            }
            [1, 2, 3].map(|n| h(n));
        }),
        "4 x (a + b) + 3 x c + 2 x d + 8 x 2 x e + rows + 20 x f + g + 3 x h",
    );
}

#[test]
fn other_loops_have_no_bound() {
    assert_unbounded(
        parse_quote!({
            for row in rows {
                a(row)
            }
            for n in 0..length {
                for m in 0..3 {
                    b()
                }
            }
            while c() {
                d()
            }
            while let Some(row) = e() {}
            loop {
                if true {
                    f()
                }
            }
        }),
        &["a", "b", "c", "d", "e", "f"],
    );
}

#[test]
fn a_closure_that_an_iterator_calls_is_a_loop() {
    assert_unbounded(
        parse_quote!({
            ids.iter().map(|id| a(id));
            ids.map(|id| b(id)).filter(|id| c(id)).collect();
            stream::iter(ids).then(|id| async move { d(id).await });
            ids.for_each(|id| e(id));
            ids.into_iter().map(f);
            other.map(|id| g(id)).buffered(2).collect();
        }),
        &["a", "b", "c", "d", "e", "f", "g"],
    );
}

#[test]
fn times_is_taken_out_and_multiplies() {
    let mut body = parse_quote!({
        #[perfguard::times(20)]
        for row in a() {
            #[perfguard::times(N)]
            while b() {}
        }
        let x = #[perfguard::times(3)]
        c(d()).await?;
        #[perfguard::times(5)]
        join_all(ids.iter().map(|id| e(id))).await;
    });
    assert_eq!(
        read(&mut body, &Checked::default()),
        found("a + 20 x N x b + 3 x (c + d) + 5 x (join_all + e)", &[])
    );
    assert!(!quote!(#body).to_string().contains("times"));
}

#[test]
fn times_says_nothing_of_a_loop_inside() {
    assert_unbounded(
        parse_quote!({
            #[perfguard::times(5)]
            ids.iter().map(|id| {
                loop {
                    a(id)
                }
            });
            while true {
                #[perfguard::times(2)]
                b();
            }
            #[perfguard::times(5)]
            again::retry(|| ids.iter().map(|id| c(id)));
        }),
        &["a", "b", "c"],
    );
}

#[test]
fn paths_count_where_they_are_listed() {
    let args: BudgetArgs = parse_quote!(
        max = 3,
        checked(calls = [User::find, repo::load], level = "deny")
    );
    let checked = args.checked.unwrap_or_default();
    assert!(checked.denies);
    let mut body = parse_quote!({
        User::find(1);
        User::new();
        for row in rows {
            repo::load::<u8>(row)
        }
    });
    assert_eq!(
        read(&mut body, &checked),
        found("User::find", &["repo::load"])
    );
    // One that is listed and not called is a mistake.
    assert_eq!(read(&mut parse_quote!({ User::find(1) }), &checked), None);
}

#[test]
fn heads_are_as_long_as_their_text_says() {
    let heads = [
        (parse_quote!(2..=4), Some(3)),
        (parse_quote!(4..2), Some(0)),
        (parse_quote!([1; 3].iter().copied().zip(rows)), Some(3)),
        (parse_quote!([1, 2].iter().take(20)), Some(2)),
        (parse_quote!(rows.take(20).filter(is_new)), Some(20)),
        (parse_quote!([1, 2].iter().chain(rows)), None),
        (parse_quote!(0..), None),
        (parse_quote!(0..N), None),
        (parse_quote!(rows.take(n)), None),
    ];
    for (head, length) in heads {
        assert_eq!(bound(&head), length, "{}", quote!(#head));
    }
}
