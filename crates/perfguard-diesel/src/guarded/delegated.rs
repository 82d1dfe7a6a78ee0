//! What Diesel and its pools ask of a connection besides `Connection`.

use std::any::Any;

use diesel::QueryResult;
use diesel::connection::{MultiConnectionHelper, WithMetadataLookup};
use diesel::migration::MigrationConnection;
use diesel::query_dsl::UpdateAndFetchResults;
use diesel::r2d2::R2D2Connection;
use diesel::sql_types::TypeMetadata;
use perfguard_core::adapter::Completion;

use super::{Guardable, Guarded};
use crate::attend::attend;
use crate::refuse;

impl<C> MultiConnectionHelper for Guarded<C>
where
    C: MultiConnectionHelper + Guardable,
{
    fn to_any<'a>(
        lookup: &mut <Self::Backend as TypeMetadata>::MetadataLookup,
    ) -> &mut (dyn Any + 'a) {
        C::to_any(lookup)
    }

    fn from_any(
        lookup: &mut dyn Any,
    ) -> Option<&mut <Self::Backend as TypeMetadata>::MetadataLookup> {
        C::from_any(lookup)
    }
}

impl<C> WithMetadataLookup for Guarded<C>
where
    C: WithMetadataLookup + Guardable,
{
    fn metadata_lookup(&mut self) -> &mut <Self::Backend as TypeMetadata>::MetadataLookup {
        self.inner.metadata_lookup()
    }
}

impl<C> MigrationConnection for Guarded<C>
where
    C: MigrationConnection + Guardable,
{
    fn setup(&mut self) -> QueryResult<usize> {
        self.inner.setup()
    }
}

/// Diesel writes it for each of its connections in another way: with RETURNING
/// on PostgreSQL, with a read of the row elsewhere.
impl<C, Changes, Output> UpdateAndFetchResults<Changes, Output> for Guarded<C>
where
    C: UpdateAndFetchResults<Changes, Output> + Guardable,
{
    fn update_and_fetch(&mut self, changeset: Changes) -> QueryResult<Output> {
        self.ask(|limits| refuse::admit_text::<C::Backend>(limits, "UPDATE"))?;
        let (saved, attended) = attend(|| self.inner.update_and_fetch(changeset));
        let rows = u64::from(saved.is_ok());
        match (&attended.first, &attended.second) {
            (Some(returning), None) if saved.is_ok() => {
                returning.complete(Completion::new().rows(rows).rows_affected(rows));
            }
            (Some(_), Some(read)) => read.complete(Completion::new().rows(rows)),
            _ => {}
        }
        saved
    }
}

impl<C> R2D2Connection for Guarded<C>
where
    C: R2D2Connection + Guardable,
{
    fn ping(&mut self) -> QueryResult<()> {
        self.inner.ping()
    }

    fn is_broken(&mut self) -> bool {
        self.inner.is_broken()
    }
}
