use perfguard::query_budget;

#[query_budget(max = 3, max_reads = "2", max_writes, max_rows = 1.5)]
fn no_numbers() {}

#[query_budget(max = 3, max_time = 200)]
fn no_unit() {}

#[query_budget(max = 3, max_time = "1.5 hours")]
fn no_time() {}

#[query_budget(max = 3, max_table)]
fn no_table() {}

#[query_budget(max = 3, max_table(), max_reads = 1, max_reads = 2)]
fn no_tables() {}

#[query_budget(max = 3, max_table(posts, tags = 1, tags = 2, blog.tags = 3, "" = 4, 5))]
fn mistaken_tables() {}

#[query_budget(max = 3, allow(row_budget, time_budget, reason = "two rows"))]
fn allowed() {}

#[query_budget(max_reads = 1)]
fn no_max() {}

fn main() {
    no_numbers();
    no_unit();
    no_time();
    no_table();
    no_tables();
    mistaken_tables();
    allowed();
    no_max();
}
