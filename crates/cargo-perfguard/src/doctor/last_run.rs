//! What the last run of the tests could not see.

use perfguard_report::{Handler, Run, Summary};

use super::diagnosis::{Diagnosis, counted};
use crate::packages::Packages;
use crate::report::named;
use crate::workspace::run_in;

pub(super) fn tell(packages: &Packages, diagnosis: &mut Diagnosis) {
    diagnosis.begin("last run");
    let folder = run_in(&packages.target);
    if !folder.exists() {
        diagnosis.note(
            "there is no run yet: what tests see is not known",
            "cargo perfguard test",
        );
        return;
    }
    let run = match Run::read(&folder) {
        Ok(run) => run,
        Err(error) => {
            diagnosis.problem(error.to_string(), "cargo perfguard test");
            return;
        }
    };
    let scopes = run.scopes().count();
    if scopes == 0 {
        diagnosis.problem(
            "no scope ended in the last run: nothing was looked at",
            "run tests that call functions with `#[query_budget]`, or write `#[perfguard::test]` above them",
        );
        return;
    }
    diagnosis.ok(format!(
        "{} ended in it (processes: {})",
        counted(scopes, "scope"),
        run.processes.len()
    ));
    if run.unread > 0 {
        diagnosis.note(
            format!("lines that could not be read: {}", run.unread),
            "update cargo-perfguard; where a process was killed, run the tests again",
        );
    }
    let unclaimed: Vec<&str> = run.unclaimed().map(|it| it.ran.name.as_str()).collect();
    if !unclaimed.is_empty() {
        diagnosis.problem(
            format!(
                "budgets were broken where no test could fail for it: {}",
                named(&unclaimed)
            ),
            "write `#[perfguard::test]` above the tests that run them, and put `tower::ScopeLayer` around routers",
        );
    }
    let summary = Summary::of(&run);
    let handlers = |is: fn(&Handler<'_>) -> bool| -> Vec<&str> {
        let handlers = summary.handlers.iter().filter(|it| is(it));
        handlers.map(|it| it.name).collect()
    };
    let silent = handlers(|it| it.queries().most() == Some(0));
    if !silent.is_empty() {
        diagnosis.note(
            format!("no test saw a statement in: {}", named(&silent)),
            "let tests reach their queries, and look whether their connections are watched",
        );
    }
    let without_rows = handlers(|it| asks(it) && it.rows().known.is_none());
    if !without_rows.is_empty() {
        diagnosis.note(
            format!("rows are unknown in: {}", named(&without_rows)),
            "`perfguard::diesel::Guarded`, `perfguard::sea_orm::Guarded` or `perfguard::sqlx::layer()` tell them",
        );
    }
    let without_times = handlers(|it| asks(it) && it.elapsed().known.is_none());
    if !without_times.is_empty() {
        diagnosis.note(
            format!("times are unknown in: {}", named(&without_times)),
            "sqlx tells them in its events: leave its logging on (`sqlx_logging`, `log_statements`), and let the layer hear it",
        );
    }
}

fn asks(handler: &Handler<'_>) -> bool {
    handler.queries().most() > Some(0)
}
