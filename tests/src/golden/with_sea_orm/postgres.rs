//! What only PostgreSQL has, and the JSON of the others.

use sea_orm::sea_query::extension::postgres::{PgExpr, PgFunc};
use sea_orm::sea_query::extension::sqlite::SqliteExpr;
use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{ColumnTrait, DbBackend, EntityTrait, QueryFilter, QuerySelect, Select};

use super::entities::{comment, event, post};
use super::{Corpus, on, statement_on};

pub(super) fn add_to(corpus: &mut Corpus) {
    arrays(corpus);
    json_documents(corpus);
    text_search(corpus);
    lateral(corpus);
}

fn pg(
    corpus: &mut Corpus,
    case: &'static str,
    variant: Option<&'static str>,
    query: Select<event::Entity>,
) {
    on(corpus, &[DbBackend::Postgres], case, variant, query);
}

fn ids() -> Select<event::Entity> {
    event::Entity::find()
        .select_only()
        .column(event::Column::Id)
}

fn select(expr: impl Into<Expr>) -> Select<event::Entity> {
    event::Entity::find()
        .select_only()
        .expr_as(expr.into(), "value")
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn arrays(corpus: &mut Corpus) {
    let labels = event::Column::Labels;
    let one = Some("1 element");
    let two = Some("2 elements");
    pg(
        corpus,
        "array-contains",
        one,
        ids().filter(labels.array_contains(texts(&["a"]))),
    );
    pg(
        corpus,
        "array-contains",
        two,
        ids().filter(labels.array_contains(texts(&["a", "b"]))),
    );
    pg(
        corpus,
        "array-contained",
        None,
        ids().filter(labels.array_contained(texts(&["a", "b"]))),
    );
    pg(
        corpus,
        "array-overlap",
        None,
        ids().filter(labels.array_overlap(texts(&["a", "b"]))),
    );
    pg(
        corpus,
        "value-eq-any-column",
        None,
        ids().filter(Expr::val("a").eq(PgFunc::any(labels.into_expr()))),
    );
    pg(
        corpus,
        "array-literal",
        Some("2 elements"),
        ids().filter(Expr::cust("labels && ARRAY['a', 'b']")),
    );
    pg(
        corpus,
        "array-literal",
        Some("1 element"),
        ids().filter(Expr::cust("labels && ARRAY['a']")),
    );
    pg(
        corpus,
        "array-agg",
        None,
        select(PgFunc::array_agg(event::Column::Kind.into_expr())),
    );
}

fn json_documents(corpus: &mut Corpus) {
    let payload = || Expr::col(event::Column::Payload);
    let with_arrows = [DbBackend::Postgres];
    on(
        corpus,
        &with_arrows,
        "json-field",
        "by name",
        select(PgExpr::get_json_field(payload(), "kind")),
    );
    on(
        corpus,
        &with_arrows,
        "json-field",
        "by index",
        select(PgExpr::get_json_field(payload(), 0)),
    );
    on(
        corpus,
        &with_arrows,
        "json-field-as-text",
        None,
        select(PgExpr::cast_json_field(payload(), "kind")),
    );
    on(
        corpus,
        &with_arrows,
        "json-field-in-filter",
        None,
        ids().filter(PgExpr::cast_json_field(payload(), "kind").eq("click")),
    );
    let sqlite = [DbBackend::Sqlite];
    let field = SqliteExpr::get_json_field(payload(), "kind");
    on(corpus, &sqlite, "json-field", None, select(field));
    let field = SqliteExpr::cast_json_field(payload(), "kind");
    on(corpus, &sqlite, "json-field-as-text", None, select(field));
    let glob = SqliteExpr::glob(payload(), "a*");
    on(corpus, &sqlite, "glob", None, ids().filter(glob));
    let contains = PgExpr::contains(payload(), r#"{"kind": "a"}"#);
    pg(corpus, "json-contains", None, ids().filter(contains));
    let contained = PgExpr::contained(payload(), r#"{"kind": "a"}"#);
    pg(corpus, "json-contained", None, ids().filter(contained));
    for (case, text) in [
        ("json-has-key", "payload ? 'kind'"),
        ("json-has-any-key", "payload ?| ARRAY['a', 'b']"),
        ("json-has-all-keys", "payload ?& ARRAY['a', 'b']"),
        ("json-path-exists", "payload @? '$.kind'"),
    ] {
        pg(corpus, case, None, ids().filter(Expr::cust(text)));
    }
    let has_key = Expr::cust_with_values("payload ? $1", ["kind"]);
    pg(corpus, "json-has-key", Some("bind"), ids().filter(has_key));
    pg(
        corpus,
        "json-path-match",
        None,
        ids().filter(Expr::cust("payload @@ '$.n > 3'")),
    );
    pg(
        corpus,
        "json-path-as-text",
        None,
        select(Expr::cust("payload #>> '{a,b}'")),
    );
    let document = Expr::cust("payload->>'$.kind'");
    on(
        corpus,
        &[DbBackend::MySql, DbBackend::Sqlite],
        "json-path",
        None,
        select(document),
    );
}

fn text_search(corpus: &mut Corpus) {
    let body = || PgFunc::to_tsvector(Expr::col(event::Column::Kind), None);
    let words = PgFunc::plainto_tsquery("click", None);
    pg(
        corpus,
        "text-search",
        None,
        ids().filter(PgExpr::matches(Expr::expr(body()), words)),
    );
    pg(
        corpus,
        "pg-concat",
        None,
        select(Expr::col(event::Column::Kind).concat("!")),
    );
    pg(
        corpus,
        "pg-cast",
        None,
        select(Expr::cust("id::text || 'a'::varchar(10)")),
    );
    pg(
        corpus,
        "pg-interval",
        Some("days"),
        ids().filter(Expr::cust("occurred_at > now() - INTERVAL '3 days'")),
    );
    pg(
        corpus,
        "pg-interval",
        Some("hour"),
        ids().filter(Expr::cust("occurred_at > now() - INTERVAL '1 hour'")),
    );
}

fn lateral(corpus: &mut Corpus) {
    let newest = Query::select()
        .column(comment::Column::Body)
        .from(comment::Entity)
        .and_where(
            Expr::col((comment::Entity, comment::Column::PostId))
                .equals((post::Entity, post::Column::Id)),
        )
        .limit(1)
        .take();
    let query: SelectStatement = Query::select()
        .column((post::Entity, post::Column::Title))
        .column(("newest", comment::Column::Body))
        .from(post::Entity)
        .join_lateral(
            sea_orm::JoinType::LeftJoin,
            newest,
            "newest",
            Expr::cust("TRUE"),
        )
        .take();
    let backends = [DbBackend::Postgres, DbBackend::MySql];
    statement_on(corpus, &backends, "lateral-join", None, &query);
}
