use perfguard::query_budget;

#[query_budget(max = 3)]
fn mismatched() -> u8 {
    "text"
}

#[query_budget(max = 3)]
async fn mismatched_async() -> u8 {
    "text"
}

#[query_budget(max = 3)]
fn missing(n: u8) -> Result<u8, String> {
    Ok(n);
}

#[query_budget(max = 3)]
async fn missing_async(n: u8) -> Result<u8, String> {
    Ok(n);
}

#[query_budget(max = 3)]
async fn early(b: bool) -> u8 {
    if b {
        return "text";
    }
    1
}

fn main() {}
