//! Serves the blog by actix-web on port 3000, or on the port given as argument.

use std::error::Error;

use actix_web::{App, HttpServer};
use blog_frameworks::on_actix;

#[actix_web::main]
#[expect(clippy::print_stdout, reason = "says how to try it")]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    tracing_subscriber::fmt().init();
    // Before the first connection is made.
    perfguard::diesel::install()?;
    let pool = blog_diesel::db::open()?;
    let port = std::env::args().nth(1).map_or(Ok(3000), |it| it.parse())?;

    let scopes = on_actix::scopes();
    let server = HttpServer::new(move || {
        App::new()
            .wrap(scopes.clone())
            .configure(|config| on_actix::configure(config, pool.clone()))
    });
    println!("curl -i -H 'x-debug: 1' 'http://127.0.0.1:{port}/posts'      # one query");
    println!("curl -i -H 'x-debug: 1' 'http://127.0.0.1:{port}/bad/posts'  # 21, and a warning");
    server.bind(("127.0.0.1", port))?.run().await?;
    Ok(())
}
