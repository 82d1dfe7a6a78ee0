//! What is read of a body. What the compiler makes of it is the subject of the interface tests.

use quote::quote;
use syn::{Block, parse_quote};

use super::locals::Locals;
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
            let user = a(1).await?;
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
            spawn(|n| a(n));
            retry(|| b()).await;
            tokio::spawn(async move { c().await });
            option.map(|n| d(n)).unwrap_or_else(|| e());
            flag.then(|| f());
            rows.into_iter().next().map(|row| g(row));
            unsafe { h() }
        }),
        "spawn + a + retry + b + c + d + e + f + g + h",
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
            stream::iter(argument).then(|id| async move { d(id).await });
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
        (parse_quote!(2..=4), Some("3")),
        (parse_quote!(4..2), Some("0")),
        (parse_quote!([1; 3].iter().copied().zip(rows)), Some("3")),
        (parse_quote!([1, 2].iter().take(20)), Some("2")),
        (parse_quote!(rows.take(20).filter(is_new)), Some("20")),
        (parse_quote!([1, 2].iter().chain(rows)), None),
        (parse_quote!(-3..3), Some("6")),
        (parse_quote!('a'..='c'), Some("3")),
        (parse_quote!(b'0'..b'9'), Some("9")),
        (parse_quote!(vec![1, 2]), Some("2")),
        (parse_quote!(&vec![rows; 3]), Some("3")),
        (parse_quote!(Some(row).iter()), Some("1")),
        (parse_quote!(iter::once(row)), Some("1")),
        (parse_quote!(stream::iter([1, 2])), Some("2")),
        (parse_quote!(0..N), Some("N")),
        (parse_quote!((1..=PAGE_SIZE).rev()), Some("(1..=PAGE_SIZE)")),
        (parse_quote!([1; N].iter()), Some("N")),
        (parse_quote!(rows.iter().take(N)), Some("N")),
        (parse_quote!(0..), None),
        (parse_quote!(A..B), None),
        (parse_quote!(0..n), None),
        (parse_quote!(0..Self::N), None),
        (parse_quote!(0..config::N), None),
        (parse_quote!(0..-N), None),
        (parse_quote!(rows.take(n)), None),
        (parse_quote!(rows.take(N)), None),
        (parse_quote!(rows.take()), None),
    ];
    let locals = Locals::default();
    for (head, length) in heads {
        let found = bound(&head, &locals).map(|it| it.to_string());
        assert_eq!(found.as_deref(), length, "{}", quote!(#head));
    }
}

#[test]
fn functions_count_where_they_are_handed_on_or_called_by_another_name() {
    assert_cost(
        parse_quote!({
            option.map(a);
            (b)(1);
            let f = c;
            f(1);
            f(2);
            let g = &f;
            retry(&d, own);
            Some(argument).map(argument);
            options.map(|it| it).unwrap_or_else(Default::default);
            let unused = e;
            rows[0].map(Self::load);
        }),
        "a + b + c + c + retry + d",
    );
    assert_unbounded(
        parse_quote!({
            let f = a;
            for row in rows {
                f(row);
            }
            ids.iter().for_each(f);
        }),
        &["a", "a"],
    );
}

#[test]
fn a_closure_in_a_variable_counts_where_it_is_called() {
    assert_cost(
        parse_quote!({
            let load = |n| a(n);
            load(1);
            load(2);
            let twice = move |n| load(n) + load(n);
            for n in 0..3 {
                twice(n);
            }
            let handed = &|n| b(n);
            [1, 2].map(handed);
            let unknown = |n| c(n);
            any! { hands the unknown => on };
            let never = |n| d(n);
            let load = 1;
            load(3);
        }),
        "a + a + 3 x (a + a) + 2 x b + c",
    );
    assert_unbounded(
        parse_quote!({
            let load = |n| a(n);
            for row in rows {
                load(row)
            }
            ids.iter().map(load);
            let all = |ids| {
                for id in ids {
                    b(id)
                }
            };
        }),
        &["a", "a", "b"],
    );
}

#[test]
fn lists_and_iterators_are_known_by_their_variables() {
    assert_cost(
        parse_quote!({
            let ids = [1, 2, 3];
            for id in &ids {
                a(id)
            }
            let many = vec![1; 4];
            many.iter().map(|id| b(id)).collect();
            let one: Option<u8> = one;
            for id in one.iter() {
                c(id)
            }
            let pair: [u8; 2] = argument.pair;
            for id in pair {
                d(id)
            }
        }),
        "3 x a + 4 x b + c + 2 x d",
    );
    assert_unbounded(
        parse_quote!({
            let mut ids = vec![1, 2, 3];
            ids.extend(argument);
            for id in &ids {
                a(id)
            }
            let rows = ids.iter();
            rows.map(|id| b(id)).last();
            let names = others.map(|id| c(id));
            names.collect();
            let ids = others;
            for id in ids {
                d(id)
            }
        }),
        &["a", "b", "c", "d"],
    );
}

#[test]
fn a_vector_is_made_of_one_value() {
    assert_cost(
        parse_quote!({
            vec![a(1); 5];
            vec![b(1), c(2)];
            [d(1); 5];
        }),
        "a + b + c + d",
    );
}

#[test]
fn makers_of_items_call_their_closure_for_each() {
    assert_cost(
        parse_quote!({
            iter::repeat_with(|| a(1)).take(5).collect();
            std::iter::from_fn(|| b(1)).next();
            array::from_fn::<_, 4, _>(|n| c(n));
            let rows: [u8; 3] = std::array::from_fn(d);
            middleware::from_fn(e);
        }),
        "5 x a + b + 4 x c + 3 x d + e",
    );
    assert_unbounded(
        parse_quote!({
            iter::repeat_with(|| a(1)).take(argument).collect();
            std::iter::from_fn(|| b(1)).collect();
            array::from_fn(|n| c(n));
            stream::unfold(1, |n| d(n));
        }),
        &["a", "b", "c", "d"],
    );
}

#[test]
fn what_takes_few_items_asks_for_no_more() {
    assert_cost(
        parse_quote!({
            ids.iter().map(|id| a(id)).take(20).collect();
            ids.map(|id| b(id)).inspect(|id| c(id)).take(3);
            ids.iter().map(|id| d(id)).next();
            ids.iter().take(9).map(|id| e(id)).take(2);
        }),
        "20 x a + 3 x b + 3 x c + d + 2 x e",
    );
    assert_unbounded(
        parse_quote!({
            ids.iter()
                .map(|id| a(id))
                .filter(|id| id > 1)
                .take(20)
                .collect();
            ids.iter().filter(|id| b(id)).take(20);
            stream.then(|id| c(id)).buffered(5).take(20);
        }),
        &["a", "b", "c"],
    );
}

#[test]
fn what_looks_at_all_items_is_a_loop() {
    assert_unbounded(
        parse_quote!({
            ids.retain(|id| a(id));
            [1, 2].sort_by_key(|id| b(id));
            ids.find(|id| c(id));
            ids.max_by_key(d);
        }),
        &["a", "b", "c", "d"],
    );
}

#[test]
fn a_loop_that_always_breaks_runs_once() {
    assert_cost(
        parse_quote!({
            loop {
                a();
                break;
            }
            let row = loop {
                break b();
            };
            for row in rows {
                for n in 0..2 {
                    continue;
                }
                c();
                return;
            }
        }),
        "a + b + c",
    );
    assert_unbounded(
        parse_quote!({
            loop {
                if a() {
                    continue;
                }
                break;
            }
            loop {
                if b() {
                    break;
                }
            }
        }),
        &["a", "b"],
    );
}
