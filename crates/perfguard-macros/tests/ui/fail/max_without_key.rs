use perfguard::query_budget;

#[query_budget(3)]
fn list() {}

#[query_budget("list")]
fn show() {}

#[query_budget(max: 3)]
fn edit() {}

#[query_budget(max(3))]
fn update() {}

#[query_budget(max =)]
fn delete() {}

fn main() {
    list();
    show();
    edit();
    update();
    delete();
}
