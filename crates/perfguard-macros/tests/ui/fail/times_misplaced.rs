use perfguard::query_budget;

#[query_budget(max = 3, checked)]
async fn handler(ids: &[u8]) {
    #[perfguard::times(2)]
    let _ = ids.len();
    #[perfguard::times(2)]
    if ids.is_empty() {}
    let _ = #[perfguard::times(2)]
    [1, 2];
    let future = async {};
    #[perfguard::times(2)]
    future.await;
    let _ = vec![#[perfguard::times(2)] ids.len()];
    match ids {
        #[perfguard::times(2)]
        _ => {}
    }
}

fn main() {}
