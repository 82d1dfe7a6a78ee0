fn connections(url: &str) {
    let conn = PgConnection::establish(url)?; //~ connect_in_handler
    let db = Database::connect(url).await?; //~ connect_in_handler
    let pool = sqlx::PgPool::connect(url).await?; //~ connect_in_handler
    let pool = PgPoolOptions::new().max_connections(5).connect(url).await?; //~ connect_in_handler
    let stream = TcpStream::connect(url).await?;
    let conn = pool.get()?;
    session.establish(url);
}

async fn sleeping() {
    std::thread::sleep(DELAY); //~ blocking_in_async
    thread::sleep(DELAY); //~ blocking_in_async
    tokio::time::sleep(DELAY).await;
    spawn_blocking(|| std::thread::sleep(DELAY)).await;
    tokio::select! { _ = other() => {} }
}

fn sleeping_on_a_thread() {
    std::thread::sleep(DELAY);
    runtime.block_on(async { std::thread::sleep(DELAY) }); //~ blocking_in_async
}

fn truncated(conn: &mut PgConnection) {
    let all = posts::table.load::<Post>(conn)?;
    let page = all.into_iter().take(10).collect(); //~ truncate_in_memory
    let shown: Vec<Post> = posts.load(conn)?;
    show(&shown[..10]); //~ truncate_in_memory
    let mut kept = Post::find().all(db).await?;
    kept.truncate(10); //~ truncate_in_memory
    let first = posts.load(conn)?.into_iter().take(n).collect(); //~ truncate_in_memory
    let some = &sqlx::query_as("SELECT * FROM posts").fetch_all(pool).await?[..3]; //~ truncate_in_memory
    Ok(kept)
}

fn truncated_for_a_reason(conn: &mut PgConnection) {
    let mut page = posts.limit(size + 1).load(conn)?;
    page.truncate(size);
    let all = posts.load(conn)?;
    let first = all.iter().take(3);
    show(all);
    let words = text.load(file)?;
    words.iter().take(3);
    let flag = is_ready.load(Ordering::Relaxed);
    println!("{page:?}");
}

fn counted(conn: &mut PgConnection) {
    let all = posts.load::<Post>(conn)?;
    let count = all.len(); //~ count_in_memory
    let found = Post::find().filter(id.eq(1)).all(&self.db).await?;
    if found.is_empty() { //~ count_in_memory
        return;
    }
    if posts.filter(x).load(conn)?.is_empty() {} //~ count_in_memory
    let number = posts.load(conn).unwrap().iter().count(); //~ count_in_memory
}

fn counted_and_used(conn: &mut PgConnection) {
    let all = posts.load::<Post>(conn)?;
    let count = all.len();
    let more = posts.load::<Post>(conn)?;
    println!("{more:?} {}", more.len());
    let deleted = diesel::delete(posts).get_results(conn)?;
    let gone = deleted.len();
    json!({ "posts": all, "count": count });
}

fn formatted(name: &str, id: i32) {
    diesel::sql_query(format!("SELECT * FROM posts WHERE name = '{name}'")).load(conn)?; //~ format_sql
    let sql = format!("SELECT * FROM posts WHERE id = {}", id); //~ format_sql
    sqlx::query(&sql).fetch_all(pool).await?;
    sqlx::query(AssertSqlSafe(format!("DELETE FROM posts WHERE id IN ({})", ids))).execute(pool).await?; //~ format_sql
    db.execute_unprepared(&format!("UPDATE posts SET name = '{}'", name)).await?; //~ format_sql
    Statement::from_string(backend, format!("SELECT 1 FROM posts WHERE name LIKE '%{name}%'")); //~ format_sql
    let open = diesel::dsl::sql::<Bool>(&format!("name = '{name}'")); //~ format_sql
}

fn names_and_placeholders(table: &str, ids: &[i32]) {
    sqlx::query(&format!("SELECT * FROM {table}")).fetch_all(pool).await?;
    let marks = vec!["?"; ids.len()].join(", ");
    sqlx::query(&format!("SELECT * FROM posts WHERE id IN ({marks})")).fetch_all(pool).await?;
    sqlx::query(&format!("SELECT * FROM posts WHERE kind = {KIND} AND id = {}", MAX_ID));
    sqlx::query(&format!("SELECT * FROM a JOIN b ON a.id = {alias}.id"));
    sqlx::query(&format!("SELECT * FROM posts ORDER BY {} {}", column, direction));
    sqlx::query("SELECT * FROM posts WHERE name = '{name}'");
    let text = format!("name = '{name}'");
    log(&text);
}

fn placeholders_by_how_they_are_made(ids: &[i32], n: usize) {
    diesel::sql_query(format!("DELETE FROM a WHERE id IN ({})", vec!["?"; ids.len()].join(","))).execute(c)?;
    let q = ids.iter().map(|_| "?").collect::<Vec<_>>().join(", ");
    sqlx::query(&format!("DELETE FROM a WHERE id IN ({})", q)).execute(pool).await?;
    let ph = vec!["?"; n].join(",");
    sqlx::query(&format!("SELECT * FROM a WHERE id in ({ph})")).fetch_all(pool).await?;
    let list: Vec<String> = (1..=n).map(|i| format!("${}", i)).collect();
    let sql = format!("SELECT * FROM a WHERE id IN ({})", list.join(", "));
    sqlx::query(&sql).fetch_all(pool).await?;
    let named = ids.iter().enumerate().map(|(i, _)| { format!(":id_{i}") }).collect::<Vec<_>>().join(",");
    sqlx::query(&format!("SELECT * FROM a WHERE id IN ({list})", list = named));
    let many = "?,".repeat(n);
    sqlx::query(&format!("SELECT * FROM a WHERE id IN ({})", many.trim_end_matches(',')));
    let all = std::iter::repeat("?").take(n).collect::<Vec<_>>().join(", ");
    sqlx::query(&format!("SELECT * FROM a WHERE id IN ({all})"));
    let one = if is_postgres { format!("${n}") } else { "?".to_owned() };
    sqlx::query(&format!("SELECT * FROM a WHERE id = {one}"));
    let mut grown = String::new();
    for (i, _) in ids.iter().enumerate() {
        if i > 0 { grown.push_str(", "); }
        grown += "?";
        write!(grown, "{}", "?").unwrap();
        write!(&mut grown, ", ${}", i + 1)?;
    }
    sqlx::query(&format!("SELECT * FROM a WHERE id IN ({grown})"));
}

fn no_placeholders(ids: &[i32], placeholders: &str) {
    let q = ids.iter().map(|id| id.to_string()).collect::<Vec<_>>().join(", ");
    sqlx::query(&format!("DELETE FROM a WHERE id IN ({})", q)); //~ format_sql
    sqlx::query(&format!("DELETE FROM a WHERE id IN ({})", ids.join(","))); //~ format_sql
    let placeholders = ids.iter().map(|id| format!("'{id}'")).collect::<Vec<_>>().join(", ");
    sqlx::query(&format!("DELETE FROM a WHERE id IN ({placeholders})")); //~ format_sql
    let params = ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    sqlx::query(&format!("DELETE FROM a WHERE id IN ({})", params)); //~ format_sql
    let binds = dialect.binds(ids.len());
    sqlx::query(&format!("DELETE FROM a WHERE id IN ({binds})"));
    let quoted = format!("'${}'", price);
    sqlx::query(&format!("SELECT * FROM a WHERE price = {quoted}")); //~ format_sql
    let mixed = vec!["?"; 3].join(&separator);
    sqlx::query(&format!("SELECT * FROM a WHERE id IN ({mixed})")); //~ format_sql
    let mut grown = String::from("?");
    grown.push_str(name);
    sqlx::query(&format!("SELECT * FROM a WHERE id IN ({grown})")); //~ format_sql
    let mut written = String::new();
    write!(written, "{name}")?;
    sqlx::query(&format!("SELECT * FROM a WHERE id IN ({written})")); //~ format_sql
    let mut line = String::new();
    stdin.read_line(&mut line)?;
    sqlx::query(&format!("SELECT * FROM a WHERE name = '{line}'")); //~ format_sql
    let shadowed = "?";
    for shadowed in names {
        sqlx::query(&format!("SELECT * FROM a WHERE name = '{shadowed}'")); //~ format_sql
    }
}
