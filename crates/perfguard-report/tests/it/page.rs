//! The page, as it is written.

use perfguard_report::{Summary, html};

use crate::{payloads, run};

/// All that the page is made of.
const ELEMENTS: [&str; 42] = [
    "!DOCTYPE", "a", "article", "b", "body", "circle", "code", "dd", "details", "div", "dl", "dt",
    "footer", "h1", "h2", "h3", "head", "header", "html", "li", "line", "main", "meta", "ol", "p",
    "path", "polyline", "rect", "span", "style", "summary", "svg", "table", "tbody", "td", "text",
    "th", "thead", "title", "tr", "ul", "wbr",
];

#[test]
fn foreign_text_is_neither_element_nor_attribute() {
    for run in [run("blog"), run("hostile"), payloads::run()] {
        let page = html(&Summary::of(&run), "../../");
        let (head, body) = page.split_once("</style>").unwrap();
        let tags = head.split("<style>").next().unwrap().to_owned() + body;
        for tag in tags.split('<').skip(1) {
            let (tag, text) = tag.split_once('>').unwrap();
            assert!(!text.contains('>'), "{text}");
            let name = tag.trim_start_matches('/').split(' ').next().unwrap();
            assert!(ELEMENTS.contains(&name), "{tag}");
            // What is outside of values is ours.
            let outside: String = tag.split('"').step_by(2).collect();
            for attribute in outside.split(' ').skip(1) {
                let name = attribute.split('=').next().unwrap();
                assert!(!name.starts_with("on") && name != "style", "{tag}");
            }
            if let Some((_, link)) = tag.split_once("href=\"") {
                let is_inside = link.starts_with("./../../") || link.starts_with("#h");
                assert!(is_inside, "{tag}");
                assert!(!link.split('"').next().unwrap().contains(':'), "{tag}");
            }
        }
    }
}

#[test]
fn a_file_outside_of_the_workspace_is_no_link() {
    let page = html(&Summary::of(&run("hostile")), "");
    assert!(page.contains("/etc/"), "it is named");
    assert!(!page.contains("href=\".//etc"), "and not linked");
}
