//! Source frames.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use perfguard_lints::SourceFinding;

use crate::check::Outcome;
use crate::check::format::Texts;
use crate::escape::{escape, mask};

pub(super) fn text(outcome: &Outcome) -> String {
    let texts = Texts::of(outcome);
    let mut text = String::new();
    for finding in &outcome.report.findings {
        text += &frame(finding, &texts);
        text += "\n\n";
    }
    text + &summary(outcome)
}

fn frame(finding: &SourceFinding, texts: &Texts) -> String {
    let level = match finding.level {
        perfguard_lints::Level::Deny => Level::ERROR,
        _ => Level::WARNING,
    };
    let place = finding.place;
    let (mut beside, elsewhere) = (Vec::new(), &mut Vec::new());
    for related in &finding.related {
        if related.path == finding.path {
            let span = related.place.start..related.place.end;
            beside.push(
                AnnotationKind::Context
                    .span(span)
                    .label(related.message.clone()),
            );
        } else {
            elsewhere.push(related);
        }
    }
    let source = Snippet::source(mask(texts.get(&finding.path)))
        .path(escape(&finding.path))
        .annotation(AnnotationKind::Primary.span(place.start..place.end))
        .annotations(beside);
    let mut main = level
        .primary_title(finding.message.clone())
        .id(format!("perfguard::{}", finding.lint.name))
        .element(source);
    if !finding.help.is_empty() {
        main = main.element(Level::HELP.message(finding.help.clone()));
    }
    let mut groups: Vec<Group<'_>> = vec![main];
    groups.extend(elsewhere.iter().map(|it| {
        let source = Snippet::source(mask(texts.get(&it.path)))
            .path(escape(&it.path))
            .annotation(AnnotationKind::Primary.span(it.place.start..it.place.end));
        Level::NOTE
            .secondary_title(it.message.clone())
            .element(source)
    }));
    Renderer::styled().render(&groups)
}

fn summary(outcome: &Outcome) -> String {
    let findings = outcome.report.findings.len();
    let mut text = match findings {
        0 => "perfguard: nothing found".to_owned(),
        1 => "perfguard: 1 finding".to_owned(),
        _ => format!("perfguard: {findings} findings"),
    };
    let read = outcome.sources.len().saturating_sub(outcome.broken.len());
    text += &format!(" in {read} files");
    if outcome.known > 0 {
        text += &format!(", {} known to the baseline", outcome.known);
    }
    if outcome.report.allowed > 0 {
        text += &format!(", {} allowed", outcome.report.allowed);
    }
    text + "\n"
}
