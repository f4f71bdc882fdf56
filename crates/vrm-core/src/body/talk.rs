//! What people say to each other: notes, chat, photos, ideas, questions.
//!
//! Knows: their fields. Must not know who said it or when: the entry says so.

use serde::{Deserialize, Serialize};

use super::attach::{Attachment, check_all};
use super::prose::Prose;
use super::rule::Broken;
use crate::id::{Cid, Hash};
use crate::value::{Text, Timestamp};

/// Something worth keeping.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// In words.
    pub text: Prose<8000>,
    /// The thing it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thing: Option<Hash>,
    /// What goes with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<Attachment>,
}

impl Note {
    pub(super) fn check(&self) -> Result<(), Broken> {
        check_all(&self.files, "files")
    }
}

/// A line of talk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chat {
    /// In words.
    pub text: Prose<2000>,
    /// The entry it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub re: Option<Cid>,
}

impl Chat {
    pub(super) fn check(&self) -> Result<(), Broken> {
        Ok(())
    }
}

/// Pictures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Photo {
    /// The pictures, one to eight.
    pub photos: Vec<Attachment>,
    /// In words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<Prose<2000>>,
    /// The thing they show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thing: Option<Hash>,
}

impl Photo {
    pub(super) fn check(&self) -> Result<(), Broken> {
        super::rule::require(!self.photos.is_empty(), "photos", "is empty")?;
        check_all(&self.photos, "photos")
    }
}

/// What could be better.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Idea {
    /// In a line.
    pub title: Text<120>,
    /// In words.
    pub text: Prose<8000>,
    /// The thing it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thing: Option<Hash>,
    /// What goes with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<Attachment>,
}

impl Idea {
    pub(super) fn check(&self) -> Result<(), Broken> {
        check_all(&self.files, "files")
    }
}

/// Something one side wants to know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// In words.
    pub text: Prose<2000>,
    /// The entry it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub re: Option<Cid>,
    /// An answer is of use until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Timestamp>,
}

impl Question {
    pub(super) fn check(&self) -> Result<(), Broken> {
        Ok(())
    }
}
