// `ask` is found where it runs once for each item: `each` if it depends on the item, else `again`.

fn a_for_loop(posts: Vec<Post>) {
    for post in posts {
        ask(conn, post.author_id); //~ each
        conn.ask(&post); //~ each
        ask(conn); //~ again
    }
    ask(conn);
}

fn what_is_bound_from_the_item(posts: Vec<Post>) {
    for post in posts {
        let id = post.author_id;
        ask(id); //~ each
        if let Some(editor) = post.editor {
            ask(editor); //~ each
        }
        match post.kind {
            Kind::Draft => ask(conn), //~ again
            Kind::Shared(with) => ask(with), //~ each
        }
        let Some(tag) = tags.get(&id) else { continue };
        ask(tag); //~ each
        let other;
        other = format!("{tag}");
        ask(other); //~ each
        post.parent.map(|parent| ask(parent)); //~ each
    }
}

fn closures_of_iterators(posts: Vec<Post>) {
    posts.iter().map(|post| ask(post.id)).collect(); //~ each
    posts.iter().filter(|post| ask(post.id)).count(); //~ each
    posts.for_each(|post| ask(post)); //~ each
    (0..posts.len()).map(|at| ask(at)).sum(); //~ each
    join_all(posts.map(|post| ask(post))); //~ each
    let all = rows.map(|row| ask(row)).collect::<Vec<_>>(); //~ each
    stream::iter(posts).then(|post| async move { ask(post) }); //~ each
    posts.iter().take_while(|post| ask(post.id)).count(); //~ each
}

fn closures_of_collections(posts: Vec<Post>) {
    posts.retain(|post| ask(post.id)); //~ each
    posts.retain_mut(|post| ask(post)); //~ each
    posts.sort_by_key(|post| ask(post.id)); //~ each
    posts.sort_unstable_by_key(|post| ask(post.id)); //~ each
    posts.sort_by_cached_key(|post| ask(post.id)); //~ each
    posts.dedup_by_key(|post| ask(post.id)); //~ each
    posts.iter().min_by_key(|post| ask(post.id)); //~ each
    map.entry(posts).or_insert_with_key(|key| ask(key));
}

fn closures_of_other_types(author: Option<i32>, query: Query) {
    author.map(|id| ask(id));
    author.filter(|id| ask(id)).unwrap();
    result.map(|it| ask(it)).map_err(|it| ask(it));
    query.filter(|it| ask(it)).limit(3);
    posts.filter(title.eq(name)).map(|it| ask(it)).collect();
    id.map(parse).transpose()?.map(|id| ask(id)).unwrap_or_default().into_iter().collect();
    id.map(|id| ask(id))?.into_iter().collect();
    id.map(|id| ask(id)).await.into_iter().collect();
}

fn an_iteration_in_a_head(posts: Vec<Post>) {
    for author in posts.iter().map(|post| ask(post.id)) { //~ each
        ask(author); //~ each
    }
    for post in ask(conn) {}
}

fn known_lengths(tags: Vec<Tag>) {
    for id in [1, 2, 3] { ask(id); }
    for id in &[1, 2] { ask(id); }
    for id in vec![first, second] { ask(id); }
    for id in 0..10 { ask(id); }
    for id in 1..=MAX_PAGES { ask(id); }
    for id in KINDS { ask(id); }
    for id in Kind::ALL.iter() { ask(id); }
    for kind in Kind::iter() { ask(kind); }
    for id in tags.iter().take(5) { ask(id); }
    [first, second].map(|id| ask(id));
    KINDS.iter().for_each(|id| ask(id));
    let few = [1, 2];
    for id in few { ask(id); }
    let mut growing = vec![1];
    growing.extend(tags);
    for id in growing { ask(id); } //~ each
    for id in 0..tags.len() { ask(id); } //~ each
    for id in tags.iter().take(limit) { ask(id); } //~ each
}

fn at_most_one(id: Option<i32>, ids: &Option<Vec<i32>>) {
    for id in id.iter() { ask(id); }
    for id in id { ask(id); }
    id.iter().map(|id| ask(id)).collect();
    for ids in ids {
        for id in ids { ask(id); } //~ each
    }
    for ids in ids.iter() { ask(ids); }
    let found: Option<Post> = posts.pop();
    found.into_iter().for_each(|post| ask(post));
    for id in Some(found) { ask(id); }
    let id = posts.clone();
    for id in id.iter() { ask(id); } //~ each
}

fn names_that_begin_with_a_piece(ids: Vec<i32>) {
    for batch_id in ids { ask(batch_id); } //~ each
    for (chunk_key, _) in all { ask(chunk_key); } //~ each
    for page_id in page_ids { ask(page_id); } //~ each
    for id in batch_ids { ask(id); } //~ each
    for id in batch_ids.iter() { ask(id); } //~ each
    for id in batch.iter() { ask(id); } //~ each
    for batch_id in ids.chunks(10) { ask(batch_id); }
    for batch_ids in split(ids) { ask(batch_ids); }
    for next_batch in split(ids) { ask(next_batch); }
    for page_number in 0..count { ask(page_number); }
    for ids in batches.iter() { ask(ids); }
}

fn batches(ids: Vec<i32>) {
    for chunk in ids.chunks(100) { ask(chunk); }
    for ids in batched(ids) { ask(ids); }
    for batch in split(ids) { ask(batch); }
    for page in 0..pages { ask(page); }
    stream::iter(ids).ready_chunks(10).for_each(|ids| ask(ids));
    for chunk in ids.chunks(100) {
        ask(chunk);
        for id in chunk {
            ask(id); //~ each
        }
    }
}

fn parts_of_a_database(tables: Vec<String>) {
    for table in tables { ask(table); }
    for shard in &self.shards { ask(shard); }
    let all = table_names.into_iter().map(|name| ask(name)).collect();
    for name in &self.schemas { ask(name); }
    for post in posts::table.load(conn)? { ask(post); } //~ each
    posts::table.load(conn)?.iter().map(|post| ask(post)).collect(); //~ each
}

fn retries(limit: u32) {
    for attempt in 0..limit { ask(attempt); }
    for _ in 0..self.max_retries { ask(conn); }
}

fn messages(rx: Receiver<Job>) {
    for job in rx { ask(job); }
    for stream in listener.incoming() { ask(stream); }
    loop { ask(conn); }
    while running { ask(conn); }
    while let Some(job) = queue.pop() { ask(job); }
}

async fn rows_as_they_come(conn: &mut Conn) {
    let mut rows = sqlx::query("SELECT 1").fetch(conn);
    while let Some(row) = rows.try_next().await? {
        ask(row); //~ each
    }
    let mut rows = pin!(Post::find().stream(db).await?);
    while let Some(Ok(row)) = rows.next().await {
        ask(row); //~ each
    }
    while let Some(job) = jobs.next().await {
        ask(job);
    }
}

fn the_end_of_a_loop(posts: Vec<Post>) -> Author {
    for post in posts {
        if post.is_first {
            return ask(post.author_id);
        }
        if post.is_second {
            let author = ask(post.author_id);
            break;
        }
        if post.is_broken {
            ask(post.id);
            bail!("broken");
        }
        match post.kind {
            Kind::Wrong => {
                ask(post);
                return Err(());
            }
            Kind::Right => ask(post), //~ each
        }
        if ask(post).is_ok() {
            break;
        }
        if let Ok(author) = ask(post) {
            return author;
        }
        if ask(post).is_some() { //~ each
            return;
        }
        posts.iter().for_each(|it| {
            let found = ask(it); //~ each
            return;
        });
    }
    for post in posts {
        let author = ask(post.author_id); //~ each
        if author.is_none() {
            continue;
        }
        return author;
    }
}

fn failures(posts: Vec<Post>) {
    for post in posts {
        match send(&post) {
            Ok(sent) => ask(sent, &post), //~ each
            Err(error) => ask(error, &post),
        }
        match timeout(send(&post)) {
            Ok(Err(error)) => ask(error, &post),
            _ => {}
        }
        if let Err(error) = ask(&post) { //~ each
            ask(&post, error);
            continue;
        } else {
            ask(&post); //~ each
        }
        let Some(author) = authors.get(&post.id) else {
            ask(&post);
            continue;
        };
        send(&post).map_err(|error| ask(&post, error));
        send(&post).unwrap_or_else(|error| ask(&post, error));
        cache.get(&post.id).unwrap_or_else(|| ask(&post)); //~ each
    }
}

fn loops_in_loops(posts: Vec<Post>) {
    for post in posts {
        for kind in [1, 2] {
            ask(post, kind); //~ each
        }
        loop {
            ask(post); //~ each
            break;
        }
        for tag in post.tags {
            ask(tag); //~ each
        }
    }
    for kind in KINDS {
        for post in posts {
            ask(post); //~ each
            ask(kind); //~ again
        }
    }
}

fn tasks(posts: Vec<Post>) {
    for post in posts {
        tokio::spawn(async move { ask(post) }); //~ each
        transaction(|conn| ask(conn, post)); //~ each
    }
}

fn functions_in_functions(posts: Vec<Post>) {
    for post in posts {
        fn inner() { ask(post); }
        inner();
    }
}

fn macros(posts: Vec<Post>) {
    for post in posts {
        println!("{}", ask(post)); //~ each
        println!("{} {post}", ask(conn)); //~ again
        let all = vec![ask(post), 1]; //~ each
        let (a, b) = try_join!(ask(post), ask(conn))?; //~ each, again
        run! { conn: { ask(post); } } //~ each
        run! { let x = 1; ask(post); } //~ each
        assert!(matches!(post, ask(_)));
    }
}

fn emptied(mut ids: Vec<u32>, mut queue: VecDeque<u32>, mut seen: Vec<u32>) {
    while let Some(id) = ids.pop() { ask(id); } //~ each
    while let Some((id, _)) = ids.pop_front() { ask(id); } //~ each
    while let Some(id) = queue.pop_front() { ask(id); }
    while let Some(id) = self.ids.pop() { ask(id); }
    while let Some(id) = ids.pop().await { ask(id); }
    while let Some(id) = ids.pop() { ask(conn); } //~ again
    while let Some(id) = seen.pop() {
        seen.extend(ask(id));
    }
    while let Some(id) = seen.pop() {
        fill(&mut seen, ask(id));
    }
    let mut rows = ids.iter();
    while let Some(row) = rows.next() { ask(row); } //~ each
    while let Some(row) = others.next() { ask(row); }
    let mut few = vec![1, 2];
    while let Some(id) = few.pop() { ask(id); }
    let mut pair = [1, 2].into_iter();
    while let Some(id) = pair.next() { ask(id); }
}

fn added_up(posts: Vec<Post>) {
    let (mut sum, mut rounds) = (0, 0);
    for post in posts {
        rounds += 1;
        sum += post.id;
        ask(sum); //~ each
        ask(rounds); //~ again
        if sum > 100 {
            ask(sum); //~ again
        }
        match sum {
            100 => ask(sum), //~ again
            _ => {}
        }
    }
}

fn single_pages(pages: Vec<Page>) {
    for page in &pages { ask(page.author_id); } //~ each
    for page in pages.iter() { ask(conn, page.id); } //~ each
    for page in pages { ask(page.rows); }
    for page in self.pages(10) { ask(page.id); }
}

fn few_by_their_type(pair: [u32; 2], four: &[Post; 4], many: [u32; 40], all: &[Post]) {
    for id in pair { ask(id); }
    for post in four.iter() { ask(post); }
    for id in many { ask(id); } //~ each
    for post in all { ask(post); } //~ each
    let two: [Post; 2] = first_two(all);
    for post in &two { ask(post); }
    for id in K { ask(id); }
    for id in 0..N { ask(id); }
    for id in many.iter().take(N) { ask(id); }
    ids.sort_by(|a, b| ask(a).cmp(&ask(b))); //~ each
}
