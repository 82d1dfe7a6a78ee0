fn whole_tables(conn: &mut PgConnection, db: &DbConn, pool: &PgPool) {
    let all = posts::table.load::<Post>(conn)?; //~ unbounded_fetch
    let some = posts::table.select(posts::id).order_by(posts::id).load::<i32>(conn)?; //~ unbounded_fetch
    let all = Post::find().all(db).await?; //~ unbounded_fetch
    let all = sqlx::query("SELECT * FROM posts").fetch_all(pool).await?; //~ unbounded_fetch
    show(all, some);
}

fn bounded(conn: &mut PgConnection, db: &DbConn, pool: &PgPool, query: BoxedQuery) {
    let page = posts::table.limit(20).load::<Post>(conn)?;
    let own = posts::table.filter(posts::author.eq(3)).load::<Post>(conn)?;
    let own = Post::find().filter(post::Column::Id.eq(3)).all(db).await?;
    let own = sqlx::query("SELECT * FROM posts WHERE id = 3").fetch_all(pool).await?;
    let count = posts::table.select(count_star()).load::<i64>(conn)?;
    let found = query.load::<Post>(conn)?;
    let made = diesel::insert_into(posts::table).values(rows).get_results::<Post>(conn)?;
    show(page, own, found, made, count);
}

async fn waiting(db: &DbConn, repo: &Repo, conn: &mut Conn) {
    let posts = repo.load_posts().await?;
    let tags = repo.load_tags().await?; //~ sequential_awaits
    let more = repo.load_more(&tags).await?;
    let saved = repo.save(more).await?;
    let one = repo.load_one(&mut cursor).await?;
    let two = repo.load_one(&mut cursor).await?;
    let three = load_posts(conn).await?;
    let four = load_posts(conn).await?;
    db.transaction(|txn| async {
        let five = load_posts(db).await?;
        let six = load_posts(db).await?;
    });
}

fn for_each_item(posts: Vec<Post>, client: Client) {
    for post in posts {
        let text = serde_json::to_string(&post)?; //~ serialise_in_loop
        client.post(url).json(&post).send().await?; //~ call_in_loop
        reqwest::get(post.url).await?; //~ call_in_loop
        perfguard::call("search", index(post)).await; //~ call_in_loop
        sender.send(post);
        let other = serde_json::to_string(&header)?;
    }
}

static GROWS: LazyLock<Mutex<HashMap<String, Post>>> = LazyLock::new(Default::default); //~ static_cache
static SHRINKS: LazyLock<Mutex<HashMap<String, Post>>> = LazyLock::new(Default::default);
static FILLED: LazyLock<HashMap<String, Post>> = LazyLock::new(fill);
pub static PUBLIC: LazyLock<DashMap<String, Post>> = LazyLock::new(Default::default);

fn remember(post: Post) {
    GROWS.lock().unwrap().insert(post.title.clone(), post.clone());
    let mut shrinks = SHRINKS.lock().unwrap();
    shrinks.insert(post.title.clone(), post.clone());
    shrinks.retain(|_, it| it.is_new());
    PUBLIC.insert(post.title.clone(), post);
}

fn main() {
    let conn = PgConnection::establish(&url)?;
}

async fn handler(State(state): State<App>) {
    let conn = PgConnection::establish(&state.url)?; //~ connect_in_handler
    std::thread::sleep(DELAY); //~ blocking_in_async
}

#[cfg(not(test))]
async fn sleeping() {
    std::thread::sleep(DELAY); //~ blocking_in_async
}

#[tokio::test]
async fn tested() {
    std::thread::sleep(DELAY);
}
