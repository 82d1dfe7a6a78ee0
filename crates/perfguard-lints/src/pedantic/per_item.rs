//! `call_in_loop` and `serialise_in_loop`.

use crate::catalog::{CALL_IN_LOOP, Lint, SERIALISE_IN_LOOP};
use crate::loops::Call;
use crate::outgoing::is_request;
use crate::strict::Finding;
use crate::syntax::{callee, is_one_of, last, qualifier};
use crate::walk::Site;

pub(super) fn find(sites: &[Site<'_>]) -> Vec<Finding> {
    sites.iter().filter_map(of_site).collect()
}

fn of_site(site: &Site<'_>) -> Option<Finding> {
    let iteration = site.iteration.filter(|_| site.depends)?;
    let lint = lint_of(site.call)?;
    let what = if *lint == CALL_IN_LOOP {
        "another service is called once for each item of the"
    } else {
        "a value is serialised once for each item of the"
    };
    let repair = if *lint == CALL_IN_LOOP {
        "ask for all at once, or run the calls side by side (`buffer_unordered`)"
    } else {
        "serialise the whole list once"
    };
    Some(Finding {
        lint,
        span: site.call.name()?.span(),
        message: format!("{what} {}: {repair}", iteration.describe()),
    })
}

fn lint_of(call: Call<'_>) -> Option<&'static Lint> {
    match call {
        _ if is_request(call) => Some(&CALL_IN_LOOP),
        Call::Function(call) => {
            let path = callee(call)?;
            let (name, of) = (last(path)?, qualifier(path)?);
            let serialises = of == "serde_json"
                && is_one_of(
                    name,
                    &["to_string", "to_string_pretty", "to_value", "to_vec"],
                );
            serialises.then_some(&SERIALISE_IN_LOOP)
        }
        Call::Method(_) => None,
    }
}
