//! Order, pages, distinct rows and locks.

use ::diesel::dsl::now;
use ::diesel::prelude::*;

use super::schema::{comments, orders, posts, users};
use super::{Corpus, everywhere, on};

pub(super) fn add_to(corpus: &mut Corpus) {
    order(corpus);
    pages(corpus);
    distinct(corpus);
    locks(corpus);
}

fn order(corpus: &mut Corpus) {
    let ids = posts::table.select(posts::id);
    everywhere!(corpus, "order", ids.order(posts::title));
    everywhere!(corpus, "order-asc", ids.order(posts::title.asc()));
    everywhere!(corpus, "order-desc", ids.order(posts::title.desc()));
    everywhere!(
        corpus,
        "order-two",
        ids.order((posts::user_id.asc(), posts::views.desc()))
    );
    everywhere!(
        corpus,
        "order-then",
        ids.order(posts::views.desc())
            .then_order_by(posts::title.asc())
    );
    everywhere!(
        corpus,
        "order-expression",
        ids.order((posts::views + posts::user_id).desc())
    );
    on!(
        corpus,
        [Pg],
        "order-nulls-first",
        ids.order(posts::deleted_at.desc().nulls_first())
    );
    on!(
        corpus,
        [Pg],
        "order-nulls-last",
        ids.order(posts::deleted_at.asc().nulls_last())
    );
}

fn pages(corpus: &mut Corpus) {
    everywhere!(corpus, "limit", "1", posts::table.limit(1));
    everywhere!(corpus, "limit", "100", posts::table.limit(100));
    everywhere!(
        corpus,
        "limit-offset",
        "first page",
        posts::table.limit(10).offset(0)
    );
    everywhere!(
        corpus,
        "limit-offset",
        "third page",
        posts::table.limit(10).offset(20)
    );
    on!(corpus, [Pg], "offset", posts::table.offset(20));
    everywhere!(
        corpus,
        "page-in-order",
        posts::table
            .filter(posts::published.eq(true))
            .order(posts::created_at.desc())
            .limit(10)
            .offset(30)
    );
    everywhere!(
        corpus,
        "page-by-key",
        posts::table
            .filter(posts::id.gt(100))
            .order(posts::id)
            .limit(10)
    );
    everywhere!(
        corpus,
        "page-of-join",
        comments::table
            .inner_join(posts::table)
            .order(comments::id)
            .select((comments::id, posts::id))
            .limit(10)
            .offset(10)
    );
}

fn distinct(corpus: &mut Corpus) {
    everywhere!(
        corpus,
        "distinct",
        posts::table.select(posts::user_id).distinct()
    );
    everywhere!(
        corpus,
        "distinct-two",
        orders::table
            .select((orders::user_id, orders::status))
            .distinct()
    );
    on!(
        corpus,
        [Pg],
        "distinct-on",
        posts::table
            .distinct_on(posts::user_id)
            .order((posts::user_id, posts::created_at.desc()))
    );
    on!(
        corpus,
        [Pg],
        "distinct-on-two",
        posts::table
            .distinct_on((posts::user_id, posts::published))
            .order((posts::user_id, posts::published, posts::views.desc()))
            .select(posts::id)
    );
}

fn locks(corpus: &mut Corpus) {
    let order = orders::table.find(1);
    on!(corpus, [Pg, Mysql], "for-update", order.for_update());
    on!(
        corpus,
        [Pg, Mysql],
        "for-update-skip-locked",
        order.for_update().skip_locked()
    );
    on!(
        corpus,
        [Pg, Mysql],
        "for-update-no-wait",
        order.for_update().no_wait()
    );
    on!(corpus, [Pg, Mysql], "for-share", order.for_share());
    on!(corpus, [Pg], "for-no-key-update", order.for_no_key_update());
    on!(corpus, [Pg], "for-key-share", order.for_key_share());
    on!(
        corpus,
        [Pg, Mysql],
        "queue",
        orders::table
            .filter(orders::status.eq("open"))
            .filter(orders::placed_at.le(now))
            .order(orders::placed_at.asc())
            .limit(5)
            .for_update()
            .skip_locked()
    );
    on!(
        corpus,
        [Pg, Mysql],
        "for-update-join",
        orders::table
            .inner_join(users::table)
            .select((orders::id, users::id))
            .for_update()
    );
}
