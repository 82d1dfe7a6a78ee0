//! What guarded connections ask: one statement, before it runs. Not a public
//! interface.

use perfguard_core::adapter::Orm;
use perfguard_core::planned::Answer;

use crate::engine::Looked;

#[cfg(feature = "diesel")]
pub use crate::diesel::Explains;
#[cfg(feature = "sea-orm")]
pub use crate::sea_orm::explain;

/// What the plan of one statement says.
pub(crate) fn said(looked: Vec<Result<Looked, String>>, orm: Orm) -> Answer {
    let looked = looked.into_iter().next();
    looked.map_or_else(|| Ok(Vec::new()), |it| it.map(|it| it.said(orm)))
}
