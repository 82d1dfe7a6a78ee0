//! What the callees may run together is more than the function may.

use perfguard::query_budget;

const FEW: u32 = 2;

#[query_budget(max = 3, export)]
fn load_user() -> u8 {
    1
}

#[query_budget(max = FEW * 2, export)]
async fn load_posts() {}

fn render() {}

#[query_budget(max = 5, checked(level = "deny"))]
async fn handler() {
    load_user();
    load_posts().await;
    render();
}

#[query_budget(max = FEW, checked(level = "deny"))]
async fn branches(is_new: bool) {
    if is_new {
        load_user();
    } else {
        load_posts().await;
    }
}

#[query_budget(max = 46, checked(level = "deny"))]
async fn repeated() {
    load_posts().await;
    #[perfguard::times(FEW)]
    for user in 0..load_user() {
        #[perfguard::times(3)]
        load_user();
        for _ in 0..3 {
            load_posts().await;
        }
        drop(user);
    }
}

#[perfguard::allow(n_plus_one, reason = "two at most")]
#[query_budget(max = 0, checked(level = "deny"))]
async fn stacked() {
    load_user();
    #[perfguard::allow(n_plus_one, reason = "two at most")]
    for _ in 0..2 {
        load_posts().await;
    }
}

macro_rules! handlers {
    ($($name:ident $callee:ident)*) => {
        $(
            #[query_budget(max = 3, checked(level = "deny"))]
            #[perfguard::allow(n_plus_one, reason = "two at most")]
            fn $name() {
                $callee();
                load_user();
            }
        )*
    };
}
handlers! { from_macro load_user }

fn main() {}
