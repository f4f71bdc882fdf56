//! What went wrong, as problem+json (RFC 9457): code, title, cause, fix, and whether trying again may help.
//!
//! Knows the classes of failure with their HTTP status and exit code, one table for API and command line. Must not
//! know where a problem came from: routes and client build it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What kind of failure it is; status and exit code follow from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// It failed for another reason.
    Failed,
    /// What was given makes no sense.
    Usage,
    /// No daemon answers, or it is of another version.
    NoDaemon,
    /// Locked, or not allowed.
    NotAllowed,
    /// What was named is not here.
    NotFound,
    /// A rule, the terms or the other party forbid it.
    Refused,
    /// No answer in time; it may still complete.
    TimedOut,
    /// The store is busy or damaged.
    Store,
}

impl Class {
    /// All classes in the order of their exit codes.
    pub const ALL: [Self; 8] = [
        Self::Failed,
        Self::Usage,
        Self::NoDaemon,
        Self::NotAllowed,
        Self::NotFound,
        Self::Refused,
        Self::TimedOut,
        Self::Store,
    ];

    /// HTTP status.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::Failed => 500,
            Self::Usage => 422,
            Self::NoDaemon => 502,
            Self::NotAllowed => 403,
            Self::NotFound => 404,
            Self::Refused => 409,
            Self::TimedOut => 504,
            Self::Store => 503,
        }
    }

    /// Exit code of the command line.
    #[must_use]
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Failed => 1,
            Self::Usage => 2,
            Self::NoDaemon => 3,
            Self::NotAllowed => 4,
            Self::NotFound => 5,
            Self::Refused => 6,
            Self::TimedOut => 7,
            Self::Store => 8,
        }
    }
}

/// A failure that says what, why, and what mends it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema, thiserror::Error)]
#[error("{title}: {cause}")]
pub struct Problem {
    /// Stable name, the same as on the command line.
    #[schema(example = "no_such_intent")]
    pub code: String,
    /// What went wrong, in a line.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// What kind of failure it is.
    pub class: Class,
    /// Why.
    pub cause: String,
    /// What mends it.
    pub fix: String,
    /// Whether the same request may succeed later.
    pub retry: bool,
}

impl Problem {
    /// A problem of a class.
    #[must_use]
    pub fn new(class: Class, code: &str, title: &str) -> Self {
        Self {
            code: code.to_owned(),
            title: title.to_owned(),
            status: class.status(),
            class,
            cause: String::new(),
            fix: String::new(),
            retry: matches!(class, Class::TimedOut | Class::Store),
        }
    }

    /// Says why.
    #[must_use]
    pub fn because(mut self, cause: impl Into<String>) -> Self {
        self.cause = cause.into();
        self
    }

    /// Says what mends it.
    #[must_use]
    pub fn mend(mut self, fix: impl Into<String>) -> Self {
        self.fix = fix.into();
        self
    }

    /// Says that the same request may succeed later.
    #[must_use]
    pub fn worth_retrying(mut self) -> Self {
        self.retry = true;
        self
    }

    /// What was given makes no sense.
    #[must_use]
    pub fn usage(cause: impl Into<String>) -> Self {
        Self::new(Class::Usage, "usage", "this request makes no sense").because(cause)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_class_has_its_own_status_and_exit_code() {
        let mut codes: Vec<_> = Class::ALL.iter().map(|c| c.exit_code()).collect();
        codes.dedup();
        assert_eq!(codes, [1, 2, 3, 4, 5, 6, 7, 8]);
        let mut statuses: Vec<_> = Class::ALL.iter().map(|c| c.status()).collect();
        statuses.sort_unstable();
        statuses.dedup();
        assert_eq!(statuses.len(), Class::ALL.len());
    }

    #[test]
    fn a_problem_reads_as_rfc_9457_with_our_members() {
        let problem = Problem::new(Class::NotFound, "no_such_offer", "no such offer")
            .because("nothing here starts with or ends in `qqqqqq`")
            .mend("vrm offers INTENT");
        insta::assert_json_snapshot!(problem, @r#"
        {
          "code": "no_such_offer",
          "title": "no such offer",
          "status": 404,
          "class": "not_found",
          "cause": "nothing here starts with or ends in `qqqqqq`",
          "fix": "vrm offers INTENT",
          "retry": false
        }
        "#);
    }
}
