//! Serves the blog by Rocket on port 3000, or on the port given as argument.

use std::error::Error;

use blog_frameworks::on_rocket;

#[rocket::main]
#[expect(clippy::print_stdout, reason = "says how to try it")]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    tracing_subscriber::fmt().init();
    // Before the first connection is made.
    perfguard::diesel::install()?;
    let pool = blog_diesel::db::open()?;
    let port: u16 = std::env::args().nth(1).map_or(Ok(3000), |it| it.parse())?;

    let config = rocket::Config {
        port,
        log_level: rocket::config::LogLevel::Critical,
        ..rocket::Config::default()
    };
    println!("curl -i -H 'x-debug: 1' 'http://127.0.0.1:{port}/posts'      # one query");
    println!("curl -i -H 'x-debug: 1' 'http://127.0.0.1:{port}/bad/posts'  # 21, and a warning");
    rocket::custom(config)
        .manage(pool)
        .mount("/", on_rocket::all())
        .launch()
        .await?;
    Ok(())
}
