//! What takes what scopes leave: metrics, and the live view.

use std::error::Error;

use http::Request;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use perfguard::Settings;
use perfguard::dashboard::{Dashboard, LiveView};
use perfguard::metrics::{BUCKETS, Metrics};

const TOKEN: &str = "of-the-soak-and-of-nothing-else";

/// Both, and who looks at them.
pub(crate) struct Watched {
    metrics: PrometheusHandle,
    view: LiveView,
}

impl Watched {
    /// Installs the settings; with both if it `is_watched`.
    pub(crate) fn install(is_watched: bool) -> Result<Option<Self>, Box<dyn Error>> {
        let settings = Settings::new().summaries(0.01);
        if !is_watched {
            settings.install()?;
            return Ok(None);
        }
        let mut builder = PrometheusBuilder::new().with_recommended_naming(true);
        for (name, buckets) in BUCKETS {
            builder = builder.set_buckets_for_metric(Matcher::Full(name.to_owned()), buckets)?;
        }
        let metrics = builder.install_recorder()?;
        let view = Dashboard::new().token(TOKEN).open()?;
        settings.sink(Metrics::new()).sink(view.clone()).install()?;
        Ok(Some(Self { metrics, view }))
    }

    /// Scrapes the metrics, and opens the page.
    pub(crate) fn look(&self) {
        perfguard::metrics::refresh();
        drop(self.metrics.render());
        drop(self.page());
    }

    fn page(&self) -> (u16, String) {
        let request = Request::get("/")
            .header("host", "127.0.0.1")
            .header("authorization", format!("Bearer {TOKEN}"))
            .body(());
        let Ok(request) = request else {
            return (0, String::new());
        };
        let response = self.view.respond(&request.into_parts().0);
        (response.status().as_u16(), response.into_body())
    }

    /// What shows that nobody was watched, if anything does.
    pub(crate) fn problem(&self) -> Option<String> {
        let metrics = self.metrics.render();
        if !metrics.contains("perfguard_scope_queries") {
            return Some("the metrics know of no scope".to_owned());
        }
        let (status, page) = self.page();
        let is_shown = status == 200 && page.contains("annotated");
        (!is_shown).then(|| format!("the live view answered {status} and shows no scope"))
    }
}
