//! The same for programs.

use serde_json::{Value, json};

use crate::store::{Course, Entry, Found, Ran, Shown};

/// What the names mean, and which there are, changes with this number only.
const VERSION: u32 = 1;

pub(crate) fn write(shown: &Shown) -> String {
    let scopes: Vec<Value> = shown.entries.iter().map(|it| entry(it, shown)).collect();
    let json = json!({
        "version": VERSION,
        "scopes_since_start": shown.seen,
        "crowded_out": shown.crowded_out,
        "inside_lost": shown.inside_lost,
        "scopes": scopes,
    });
    // Nothing in it looks like markup: it only stands in texts.
    json.to_string().replace('<', "\\u003c")
}

fn entry(entry: &Entry, shown: &Shown) -> Value {
    let mut json = ran(&entry.ran);
    if let Value::Object(fields) = &mut json {
        let ago = shown.now.saturating_duration_since(entry.at);
        fields.insert("number".into(), entry.root.into());
        fields.insert("seconds_ago".into(), ago.as_secs_f64().into());
        fields.insert("inside".into(), entry.inside.iter().map(ran).collect());
        fields.insert("inside_lost".into(), entry.inside_lost.into());
        fields.insert("timeline".into(), entry.course.as_ref().map(course).into());
    }
    json
}

fn ran(ran: &Ran) -> Value {
    json!({
        "scope": ran.name,
        "place": ran.place,
        "outcome": ran.end.as_str(),
        "queries": ran.queries,
        "rows": ran.rows,
        "elapsed_seconds": ran.elapsed.map(|it| it.as_secs_f64()),
        "findings": ran.findings.iter().map(found).collect::<Vec<_>>(),
        "findings_lost": ran.findings_lost,
        "details_dropped": ran.details_dropped,
    })
}

fn found(found: &Found) -> Value {
    json!({
        "rule": found.rule,
        "count": found.count,
        "distinct_binds": found.distinct,
        "db.query.text": found.statement,
        "place": found.place.words(),
        "explanation": found.explanation,
        "fix": found.fix,
        "page": found.page,
    })
}

fn course(course: &Course) -> Value {
    let steps = course.steps.iter().map(|step| {
        let statement = course.statements.get(step.statement);
        json!({
            "start_seconds": step.start.as_secs_f64(),
            "elapsed_seconds": step.elapsed.map(|it| it.as_secs_f64()),
            "failed": step.failed,
            "db.query.summary": statement.map(|it| &it.0),
            "db.query.text": statement.and_then(|it| it.1.as_ref()),
        })
    });
    json!({
        "length_seconds": course.length.as_secs_f64(),
        "steps": steps.collect::<Vec<_>>(),
        "missing": course.missing,
    })
}
