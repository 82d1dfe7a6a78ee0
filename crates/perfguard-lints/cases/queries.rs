// What `cargo perfguard check` finds of itself.

fn reads(posts: Vec<Post>, conn: &mut PgConnection) {
    for post in posts {
        let author = authors::table.find(post.author_id).first::<Author>(conn)?; //~ query_in_loop
        let tags = Tag::belonging_to(&post).load::<Tag>(conn)?; //~ query_in_loop
        let query = users::table.filter(users::id.eq(post.editor_id));
        let editors = query.get_results::<User>(conn)?; //~ query_in_loop
    }
}

type C = SqliteConnection;

fn other_names_of_connections(ids: Vec<i32>, pool: &Pool, c: &mut C) {
    conn.transaction(|c| {
        for id in ids {
            authors::table.find(id).select(authors::name).first(c)?; //~ query_in_loop
        }
        Ok(())
    });
    let mut c = pool.get()?;
    for id in ids {
        authors::table.find(id).first(&mut c)?; //~ query_in_loop
        schema::authors::table.find(id).get_result::<Author>(&mut *c).optional()?; //~ query_in_loop
        authors::table.filter(authors::id.eq(id)).load::<Author>(c)?; //~ query_in_loop
        authors::table.filter(authors::id.eq(id)).get_results::<Author>(&mut store.write())?; //~ query_in_loop
        let query = authors::table.filter(authors::id.eq(id));
        let author = query.first::<Author>(c)?; //~ query_in_loop
        insert_into(authors::table).values(&id).execute(c)?; //~ query_in_loop
        update(authors::table.find(id)).set(authors::seen.eq(true)).execute(c)?; //~ query_in_loop
        diesel::delete(authors::table.find(id)).execute(&mut c)?; //~ query_in_loop
        delete(authors.find(id)).execute(&mut c)?; //~ query_in_loop
        update(&id).set(authors::seen.eq(true)).execute(&mut c)?; //~ query_in_loop
        delete(id).execute(conn)?; //~ query_in_loop
    }
}

async fn reads_of_sea_orm(posts: Vec<post::Model>, state: &State) {
    for post in posts {
        let author = author::Entity::find_by_id(post.author_id).one(&state.db).await?; //~ query_in_loop
        let tags = post.find_related(tag::Entity).all(&state.db).await?; //~ query_in_loop
        let paging = tag::Entity::find().filter(tag::Column::Post.eq(post.id)).paginate(&state.db, 10);
    }
    let all = posts.iter().map(|post| async move {
        Author::find_by_id(post.author_id).one(&state.db).await //~ query_in_loop
    });
}

async fn statements_of_sea_orm(ids: Vec<i64>, db: &DatabaseConnection) {
    for id in ids {
        let row = db.query_one(Statement::from_sql_and_values(backend, "SELECT 1 WHERE id = $1", [id.into()])).await?; //~ query_in_loop
        let rows = db.query_all(sea_orm::Statement::from_sql_and_values(backend, SQL, vec![id.into()])).await?; //~ query_in_loop
        let row = db.query_one_raw(Statement::from_sql_and_values(backend, SQL, [id.into()])).await?; //~ query_in_loop
        let statement = Statement::from_sql_and_values(backend, "DELETE FROM posts WHERE id = $1", [id.into()]);
        db.execute(statement).await?; //~ query_in_loop
        db.execute(Statement::from_string(backend, format!("VACUUM {id}"))).await?;
        db.execute_unprepared(&format!("VACUUM {id}")).await?;
        cache.query_one(Statement::from_sql_and_values(backend, SQL, [id.into()])).await?;
    }
}

async fn schemas(names: Vec<String>, pool: &PgPool, conn: &mut SqliteConnection) {
    for name in names {
        sqlx::query(&format!("CREATE TABLE {name} (id INT)")).execute(pool).await?;
        sqlx::query(AssertSqlSafe(format!("ALTER TABLE posts DETACH PARTITION {name}"))).execute(pool).await?;
        sqlx::query(&create_partition(name)).execute(pool).await?;
        diesel::sql_query(format!("PRAGMA table_info('{name}')")).load::<Info>(conn)?;
        columns(conn, name)?;
        sqlx::query(&create_user(name)).execute(pool).await?; //~ query_in_loop
        sqlx::query(&format!("DELETE FROM posts WHERE name = '{name}'")).execute(pool).await?; //~ query_in_loop
        tell(name, pool);
    }
}

fn columns(conn: &mut SqliteConnection, name: String) -> QueryResult<Vec<Info>> {
    diesel::sql_query(format!("PRAGMA table_info('{name}')")).load::<Info>(conn)
}

fn tell(name: String, pool: PgPool) {
    spawn_task!("told", async move {
        sqlx::query("UPDATE posts SET told = true WHERE name = $1").bind(name).execute(&pool).await
    });
}

async fn statements(schema: &str, names: Vec<String>, pool: &PgPool) {
    for statement in schema.split(';') {
        sqlx::query(statement).execute(pool).await?;
        sqlx::query(AssertSqlSafe(statement.as_str())).execute(pool).await?;
    }
    for name in names {
        let sql = format!("PRAGMA index_info({name})");
        let columns = sqlx::query(&sql).fetch_all(pool).await?;
        let sql_of_rows = format!("SELECT * FROM posts WHERE name = {name}");
        let rows = sqlx::query(&sql_of_rows).fetch_all(pool).await?; //~ query_in_loop
    }
}

async fn databases_of_their_own(shards: Vec<Shard>, posts: Vec<Post>, pool: &PgPool) {
    for server in servers {
        sqlx::query("SELECT 1").bind(server.id).fetch_one(&server.pool).await?;
        server.db.load_all(server.id).await?;
    }
    for post in posts {
        sqlx::query("SELECT 1").bind(post.id).fetch_one(&self.pool).await?; //~ query_in_loop
        let pool_id = post.pool_id;
        members(&pool_id, pool).await?; //~ query_in_loop
    }
}

async fn members(pool_id: &i32, pool: &PgPool) {
    sqlx::query("SELECT 1").bind(pool_id).fetch_one(pool).await?;
}

async fn until_one_works(keys: Vec<String>, pool: &PgPool) {
    for key in keys {
        let taken = sqlx::query("UPDATE tokens SET used = true WHERE key = $1").bind(key).execute(pool).await?;
        if taken.rows_affected() == 1 {
            return Ok(Some(key));
        }
        let row = sqlx::query("SELECT used FROM tokens WHERE key = $1").bind(key).fetch_optional(pool).await?;
    }
    for key in keys {
        let taken = sqlx::query("UPDATE tokens SET used = true WHERE key = $1").bind(key).execute(pool).await?; //~ query_in_loop
        if taken.rows_affected() == 0 {
            return Err(Error::Taken);
        }
        if taken.rows_affected() == 2 {
            bail!("twice");
        }
    }
    for key in keys {
        let row = sqlx::query("SELECT used FROM tokens WHERE key = $1").bind(key).fetch_optional(pool).await?; //~ query_in_loop
        if row.is_some() {
            break;
        }
    }
}

async fn reads_of_sqlx(ids: Vec<i64>, pool: &PgPool) {
    for id in ids {
        let post = sqlx::query_as::<_, Post>("SELECT * FROM posts WHERE id = $1").bind(id).fetch_one(pool).await?; //~ query_in_loop
        let name = query_scalar!("SELECT name FROM posts WHERE id = $1", id).fetch_one(pool).await?; //~ query_in_loop
    }
    let mut rows = sqlx::query!("SELECT id FROM posts").fetch(pool);
    while let Some(row) = rows.try_next().await? {
        query!("UPDATE posts SET seen = true WHERE id = $1", row.id).execute(pool).await?; //~ query_in_loop
    }
}

async fn writes<C: ConnectionTrait>(posts: Vec<post::ActiveModel>, handle: &C, conn: &mut PgConnection) {
    for post in posts {
        post.insert(handle).await?; //~ query_in_loop
        diesel::insert_into(posts::table).values(&post).execute(conn)?; //~ query_in_loop
        conn.execute(statement(post)).await?;
    }
}

fn look_alikes(posts: Vec<Post>, conn: &mut PgConnection, map: HashMap<i32, Post>) {
    for post in posts {
        let is_ready = ready.load(Ordering::Relaxed);
        let done = flags[post.id].load(ordering);
        seen.insert(post.id);
        map.get(&post.id).filter(|it| it.is_open).first();
        text.find(post.title).first();
        redis_conn.get(post.id);
        if posts.iter().all(|it| it.id == post.id) {}
        let config = loader.load(path(post));
        let row = table.find(post.id).first(c);
        let cell = sheet.table().find(post.id).first(c);
        let name = words.find(post.id).select(name).get_result(c);
        let done = runner.update(post.id).execute(c);
        let done = client.delete(post.url).execute(c);
        let asked = authors::table.find(post.id).select(authors::name);
        delete(post.url).execute(client)?;
        update(&post).execute(client)?;
        delete(format!("{}", post.url)).execute(&self.client)?;
    }
    for chunk in posts.chunks(100) {
        diesel::insert_into(posts::table).values(chunk).execute(conn)?;
    }
    for table in tables {
        diesel::sql_query(table).execute(conn)?;
    }
    for name in ["posts", "tags"] {
        counts::table.find(name).first(conn)?;
    }
    for attempt in 0..retries {
        posts::table.find(attempt).first(conn)?;
    }
    for post in posts {
        authors::table.first::<Author>(conn)?;
        if post.is_broken {
            return errors::table.find(post.id).first(conn);
        }
    }
    let author = post.author_id.map(|id| authors::table.find(id).first::<Author>(conn));
    loop {
        jobs::table.find(next).first(conn)?;
    }
}

#[cfg(test)]
mod tests {
    fn fill(posts: Vec<Post>, conn: &mut PgConnection) {
        for post in posts {
            diesel::insert_into(posts::table).values(&post).execute(conn)?;
        }
    }
}

impl MigrationTrait for Migration {
    async fn up(&self, names: Vec<String>, db: &DbConn) {
        for name in names {
            Entity::insert(name).exec(db).await?;
        }
    }
}

fn seed_posts(posts: Vec<Post>, conn: &mut PgConnection) {
    for post in posts {
        diesel::insert_into(posts::table).values(&post).execute(conn)?;
    }
}

db_object! {
    impl Post {
        fn load_all(ids: Vec<i32>, conn: &DbConn) {
            for id in ids {
                db_run! { conn: { posts::table.find(id).first::<Post>(conn)? } } //~ query_in_loop
            }
        }
    }
}
