//! Calls that leave the program for something that is no database: another service, a file.
//!
//! What is asked of another service has to be asked for each item, and so has what is written about
//! it. Only names tell: a call counts if it is awaited, or is a request by its form, and nothing
//! says that it asks a database or stays in the program.

use proc_macro2::Ident;
use syn::{Expr, ExprMethodCall};

use crate::connection::Connections;
use crate::loops::Call;
use crate::syntax::{callee, chain, has_word, is_one_of, last, qualifier, spoken_name};
use crate::walk::Site;

/// Whether a call may leave the program, if it is of no function of the workspace.
pub(crate) fn may_leave(site: &Site<'_>, connections: &Connections) -> bool {
    let Some(name) = site.call.name() else {
        return false;
    };
    let arguments = site.call.arguments();
    let stays = is_one_of(name, STAYS)
        || arguments
            .iter()
            .any(|it| matches!(it, Expr::Closure(_)) || connections.has(it));
    match site.call {
        _ if stays => false,
        Call::Function(call) => {
            let of = callee(call).and_then(qualifier);
            is_request(site.call)
                || of.is_some_and(|it| it == "fs")
                || (site.is_awaited && !arguments.is_empty() && !of.is_some_and(keeps_data))
        }
        Call::Method(call) => {
            let of = spoken_name(&call.receiver);
            is_request(site.call)
                || (site.is_awaited
                    && !arguments.is_empty()
                    && !connections.has(&call.receiver)
                    && !of.is_some_and(keeps_data))
        }
    }
}

/// Whether a call is a request to another service by its form.
pub(crate) fn is_request(call: Call<'_>) -> bool {
    match call {
        Call::Function(call) => callee(call).is_some_and(|path| {
            let (Some(name), Some(of)) = (last(path), qualifier(path)) else {
                return false;
            };
            (of == "reqwest" && name == "get")
                || (of == "perfguard" && is_one_of(name, &["call", "call_sync"]))
        }),
        Call::Method(call) => sends_a_request(call),
    }
}

/// `client.get(url).send()`
fn sends_a_request(call: &ExprMethodCall) -> bool {
    let of_requests = [
        "bearer_auth",
        "body",
        "delete",
        "form",
        "get",
        "header",
        "headers",
        "json",
        "patch",
        "post",
        "put",
        "query",
        "request",
    ];
    call.method == "send"
        && call.args.is_empty()
        && chain(&call.receiver)
            .1
            .iter()
            .any(|it| is_one_of(&it.method, &of_requests))
}

/// Methods that wait for a database, for a lock, for a time or for another part of the program.
const STAYS: &[&str] = &[
    "acquire",
    "all",
    "batch_execute",
    "begin",
    "collect",
    "commit",
    "count",
    "delete",
    "exec",
    "exec_with_returning",
    "exec_without_returning",
    "execute",
    "execute_raw",
    "execute_unprepared",
    "fetch",
    "fetch_all",
    "fetch_many",
    "fetch_one",
    "fetch_optional",
    "fetch_page",
    "find",
    "first",
    "get_conn",
    "get_result",
    "get_results",
    "insert",
    "interact",
    "interval",
    "join",
    "join_all",
    "load",
    "load_many",
    "load_one",
    "load_stream",
    "lock",
    "next",
    "one",
    "query_all",
    "query_all_raw",
    "query_one",
    "query_one_raw",
    "query_opt",
    "read",
    "recv",
    "rollback",
    "run",
    "save",
    "save_changes",
    "sleep",
    "sleep_until",
    "spawn",
    "spawn_blocking",
    "stream",
    "transaction",
    "try_collect",
    "try_join_all",
    "try_next",
    "update",
    "wait",
    "write",
    "yield_now",
];

/// Whether something keeps data or hands it on within the program, by its name.
fn keeps_data(name: &Ident) -> bool {
    const WORDS: &[&str] = &[
        "cache",
        "channel",
        "conn",
        "dal",
        "dao",
        "database",
        "db",
        "future",
        "iter",
        "lock",
        "persistence",
        "pool",
        "query",
        "repo",
        "repository",
        "sender",
        "sqlx",
        "store",
        "stream",
        "transaction",
        "tx",
    ];
    const ENDS: &[&str] = &[
        "cache",
        "dal",
        "dao",
        "database",
        "repo",
        "repository",
        "store",
    ];
    let lower = name.to_string().to_lowercase();
    has_word(name, WORDS) || ENDS.iter().any(|it| lower.ends_with(it))
}
