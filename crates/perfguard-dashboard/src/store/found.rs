//! One finding, as it is kept.

use perfguard_core::Finding;

use super::cut::{NAME, TEXT, cut};

#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) rule: String,
    pub(crate) count: u64,
    /// How many different values there were, if that is known.
    pub(crate) distinct: Option<u64>,
    pub(crate) statement: Option<String>,
    pub(crate) explanation: Option<String>,
    pub(crate) fix: String,
    pub(crate) page: String,
    pub(crate) place: Place,
}

/// The line that ran what was found.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    /// Asked for when somebody looks.
    Asked(Box<Finding>),
    #[cfg(test)]
    Known(String),
    /// Nobody is to ask.
    Unasked,
}

impl Found {
    pub(crate) fn of(finding: &Finding, resolves: bool) -> Self {
        Self {
            rule: finding.rule().to_owned(),
            count: finding.count(),
            distinct: finding.distinct_binds(),
            statement: finding.statement().map(|it| cut(it.text(), TEXT)),
            explanation: finding.explanation().map(|it| cut(it, TEXT)),
            fix: cut(finding.fix(), TEXT),
            page: cut(&finding.page(), NAME),
            place: if resolves {
                Place::Asked(Box::new(finding.clone()))
            } else {
                Place::Unasked
            },
        }
    }

    /// What it takes, about.
    pub(crate) fn bytes(&self) -> usize {
        let asked = match &self.place {
            // The statement and what is known of it may be nobody else's.
            Place::Asked(finding) => {
                let source = finding.source().map(|it| it.statement());
                let statements = finding.statement().into_iter().chain(source);
                let texts = statements.map(|it| 2 * it.text().len() + 512);
                size_of::<Finding>() + texts.sum::<usize>()
            }
            _ => 0,
        };
        let length = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        size_of::<Self>()
            + asked
            + self.rule.len()
            + self.fix.len()
            + self.page.len()
            + length(&self.statement)
            + length(&self.explanation)
    }
}

impl Place {
    /// In words, if it is known. May read debug information.
    pub(crate) fn words(&self) -> Option<String> {
        match self {
            Self::Asked(finding) => {
                let site = finding.call_site()?;
                Some(format!("{}:{}", site.file(), site.line()))
            }
            #[cfg(test)]
            Self::Known(words) => Some(words.clone()),
            Self::Unasked => None,
        }
    }
}
