//! Which types are connections of SeaORM, for the compile-time checks of
//! `#[query_budget]`: see `perfguard_core::probe`. Not a public interface.

/// Calls in loops.
pub mod in_loop {
    use perfguard_core::probe;
    use perfguard_core::probe::Probe;
    use sea_orm::ConnectionTrait;

    probe!(
        in_loop "a database connection is passed to this call in a loop: at least one query for each iteration (N+1). Load the rows of all iterations before the loop, by `.filter(Column::Key.is_in(keys))`, `find_with_related` or `load_many`, or say why it is fine by `#[perfguard::allow(query_in_loop, reason = \"..\")]` on the statement",
        ConnectionTrait: SeaOrm &&&&&&Probe<'_, T>, SeaOrmBehind &&&&&Probe<'_, T>, SeaOrmFarBehind &&&&Probe<'_, T>
    );
}
