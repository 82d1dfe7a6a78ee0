//! Assertions for tests: macros, because they take `<= 3` as it is said.

/// Runs code in a scope of its own, and fails unless it runs as many statements
/// as expected; gives the code's value.
///
/// ```
/// use perfguard::assert_queries;
///
/// let sum = assert_queries!(<= 3, { 1 + 2 });
/// assert_eq!(sum, 3);
/// assert_queries!(== 0, reads <= 1, writes == 0, table("posts") <= 1, calls == 0, {});
/// # async fn example() {
/// # let page = async { 7 };
/// let posts = assert_queries!(<= 2, page).await;
/// # let _ = posts;
/// # }
/// ```
///
/// First come the numbers, compared by `<=`, `==` or `>=`: of all statements,
/// of those that read, that write, that are on a table (at any depth, with or
/// without its schema), and of outgoing calls. They may be any integers. Last
/// comes a block, which is run at once, or a future: the assertion is a future
/// then, to be awaited.
///
/// # Panics
/// If a number is not as expected: with the numbers, the statements, how often
/// each ran and where. If an annotated function inside has broken its budget:
/// with its report.
#[macro_export]
macro_rules! assert_queries {
    ($($tokens:tt)+) => {
        $crate::__assert_queries!(($crate::__private::Expected::new()) $($tokens)+)
    };
}

/// Runs code in a scope of its own, and fails for every finding, as if it were
/// a budgeted function; gives the code's value.
///
/// ```
/// use perfguard::assert_no_findings;
///
/// let sum = assert_no_findings!({ 1 + 2 });
/// assert_eq!(sum, 3);
/// # async fn example() {
/// # let page = async { 7 };
/// let posts = assert_no_findings!(page).await;
/// # let _ = posts;
/// # }
/// ```
///
/// Takes a block, which is run at once, or a future: the assertion is a future
/// then, to be awaited. Notes are no findings.
///
/// # Panics
/// With the report, if there is a finding.
#[macro_export]
macro_rules! assert_no_findings {
    ($body:block $(,)?) => {
        $crate::__private::without_findings_sync(|| $body)
    };
    ($future:expr $(,)?) => {
        $crate::__private::without_findings($future)
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __assert_queries {
    (($expected:expr) <= $n:expr, $($rest:tt)+) => {
        $crate::__assert_queries!(@and ($expected) Queries, <=, $n; $($rest)+)
    };
    (($expected:expr) == $n:expr, $($rest:tt)+) => {
        $crate::__assert_queries!(@and ($expected) Queries, ==, $n; $($rest)+)
    };
    (($expected:expr) >= $n:expr, $($rest:tt)+) => {
        $crate::__assert_queries!(@and ($expected) Queries, >=, $n; $($rest)+)
    };
    (($expected:expr) reads $op:tt $n:expr, $($rest:tt)+) => {
        $crate::__assert_queries!(@and ($expected) Reads, $op, $n; $($rest)+)
    };
    (($expected:expr) writes $op:tt $n:expr, $($rest:tt)+) => {
        $crate::__assert_queries!(@and ($expected) Writes, $op, $n; $($rest)+)
    };
    (($expected:expr) calls $op:tt $n:expr, $($rest:tt)+) => {
        $crate::__assert_queries!(@and ($expected) Calls, $op, $n; $($rest)+)
    };
    (($expected:expr) table($table:expr) $op:tt $n:expr, $($rest:tt)+) => {
        $crate::__assert_queries!(
            @and ($expected) Table(::std::string::String::from($table)), $op, $n; $($rest)+
        )
    };
    (@and ($expected:expr) $counted:ident $(($table:expr))?, $op:tt, $n:expr; $($rest:tt)+) => {
        $crate::__assert_queries!(
            ($expected.and(
                $crate::__private::Counted::$counted $(($table))?,
                $crate::__assert_queries!(@comparison $op),
                $n,
            ))
            $($rest)+
        )
    };
    (@comparison <=) => { $crate::__private::Comparison::AtMost };
    (@comparison ==) => { $crate::__private::Comparison::Exactly };
    (@comparison >=) => { $crate::__private::Comparison::AtLeast };
    (@comparison $op:tt) => {
        ::core::compile_error!("expected `<=`, `==` or `>=`")
    };
    (($expected:expr) $body:block $(,)?) => {
        $expected.of_sync(|| $body)
    };
    (($expected:expr) $future:expr $(,)?) => {
        $expected.of($future)
    };
}
