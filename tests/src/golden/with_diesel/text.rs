//! Patterns and texts that are put together.

use ::diesel::prelude::*;

use super::schema::{posts, tags, users};
use super::{Corpus, everywhere, on};

pub(super) fn add_to(corpus: &mut Corpus) {
    everywhere!(
        corpus,
        "like",
        "prefix",
        tags::table.filter(tags::name.like("ru%"))
    );
    everywhere!(
        corpus,
        "like",
        "anywhere",
        tags::table.filter(tags::name.like("%us%"))
    );
    everywhere!(
        corpus,
        "not-like",
        tags::table.filter(tags::name.not_like("ru%"))
    );
    everywhere!(
        corpus,
        "like-escape",
        "exclamation mark",
        tags::table.filter(tags::name.like("100!%").escape('!'))
    );
    everywhere!(
        corpus,
        "like-escape",
        "backslash",
        tags::table.filter(tags::name.like("100\\%").escape('\\'))
    );
    everywhere!(
        corpus,
        "not-like-escape",
        tags::table.filter(tags::name.not_like("100!%").escape('!'))
    );
    on!(
        corpus,
        [Pg],
        "ilike",
        tags::table.filter(tags::name.ilike("ru%"))
    );
    on!(
        corpus,
        [Pg],
        "not-ilike",
        tags::table.filter(tags::name.not_ilike("ru%"))
    );
    on!(
        corpus,
        [Pg],
        "ilike-escape",
        tags::table.filter(tags::name.ilike("1!%").escape('!'))
    );
    on!(
        corpus,
        [Pg],
        "similar-to",
        tags::table.filter(tags::name.similar_to("(a|b)%"))
    );
    on!(
        corpus,
        [Pg],
        "not-similar-to",
        tags::table.filter(tags::name.not_similar_to("(a|b)%"))
    );
    // `||`, and on MySQL, where that is `OR`, `CONCAT`.
    everywhere!(
        corpus,
        "concat",
        users::table.select(users::name.concat(" the first"))
    );
    everywhere!(
        corpus,
        "concat-columns",
        posts::table.select(posts::title.concat(": ").concat(posts::body))
    );
    everywhere!(
        corpus,
        "concat-in-filter",
        posts::table
            .select(posts::id)
            .filter(posts::title.concat("!").eq(posts::body))
    );
}
