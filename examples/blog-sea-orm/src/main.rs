//! Serves the blog on port 3000, or on the port given as argument or in `PORT`.
//!
//! Where the environment has `DASHBOARD_TOKEN`, the last requests are shown at
//! `/perfguard`.

use std::error::Error;

use tokio::net::TcpListener;

const ROUTES: [(&str, &str); 6] = [
    ("/posts", "two queries"),
    ("/bad/posts", "the same answer from 21, and a warning"),
    ("/archive?page=2", "20 rows"),
    (
        "/bad/archive?page=2",
        "the same answer from the whole table",
    ),
    ("/authors/7/comments", "two queries"),
    (
        "/bad/authors/7/comments",
        "the same answer from a query per row",
    ),
];

#[tokio::main]
#[expect(clippy::print_stdout, reason = "says how to try it")]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    tracing_subscriber::fmt().init();

    let mut db = blog_sea_orm::db::open().await?;
    // Before the connection is cloned.
    perfguard::sea_orm::install(&mut db);

    let app = blog_sea_orm::router(db);
    let token = std::env::var("DASHBOARD_TOKEN").ok();
    let app = match &token {
        Some(token) => blog_sea_orm::dashboard::mounted(app, token)?,
        None => app,
    };
    let listener = TcpListener::bind(("127.0.0.1", port()?)).await?;
    let address = listener.local_addr()?;
    for (path, what) in ROUTES {
        let command = format!("curl 'http://{address}{path}'");
        println!("{command:<55} # {what}");
    }
    if token.is_some() {
        println!("open http://{address}/perfguard to see what they ran");
    }
    axum::serve(listener, app).await?;
    Ok(())
}

fn port() -> Result<u16, String> {
    let port = std::env::args()
        .nth(1)
        .or_else(|| std::env::var("PORT").ok());
    port.map_or(Ok(3000), |port| {
        port.parse().map_err(|_| format!("`{port}` is no port"))
    })
}
