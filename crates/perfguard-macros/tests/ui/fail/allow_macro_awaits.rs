//! Nobody can look into a macro that awaits.

macro_rules! join {
    ($one:expr) => {
        $one.await
    };
}

#[perfguard::query_budget(max = 3)]
async fn shops() {
    #[perfguard::allow(n_plus_one, reason = "three shops")]
    join!(std::future::ready(()));
}

fn main() {}
