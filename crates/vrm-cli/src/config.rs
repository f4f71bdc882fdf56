//! The configuration file: what an operator may choose, each choice with its default and where it came from.
//!
//! Knows names, types, defaults, layers (flag, environment, file, default). Must not know what a choice does.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use vrm_node::core::limits;
use vrm_node::{MAX_SHELF_BYTES, Quotas, Settings};

use crate::failure::{Failure, at_file, usage};

/// Largest file that is read: a screen of text.
const MAX_FILE: u64 = 64 * 1024;

/// What the file may say. Everything may be left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct File {
    /// Multiaddresses to listen on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) listen: Option<Vec<String>>,
    /// Nodes to keep a connection to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) peers: Option<Vec<String>>,
    /// Look for nodes on the local network.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) mdns: Option<bool>,
    /// Take part in peer routing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) kad: Option<bool>,
    /// A roster file instead of the shipped one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) roster: Option<PathBuf>,
    /// Bytes of others' live intents that are kept for nodes that slept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) shelf_bytes: Option<usize>,
    /// Bytes that the other side of one conduit may fill a journal with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) journal_bytes: Option<u64>,
    /// Proof of work.
    #[serde(default, skip_serializing_if = "Work::is_silent")]
    pub(crate) work: Work,
    /// What is held for others.
    #[serde(default, skip_serializing_if = "Mailbox::is_silent")]
    pub(crate) mailbox: Mailbox,
}

/// Quotas of the mailbox that this node is for others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Mailbox {
    /// Mebibytes of letters, all in all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) megabytes: Option<u32>,
    /// Mebibytes of letters for one box.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) box_megabytes: Option<u32>,
    /// Letters for one box.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) box_letters: Option<u32>,
    /// Boxes, all in all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) boxes: Option<u32>,
}

impl Mailbox {
    fn is_silent(&self) -> bool {
        *self == Self::default()
    }

    fn quotas(self) -> Quotas {
        let usual = Quotas::default();
        let bytes = |megabytes: Option<u32>, usual| megabytes.map_or(usual, |m| u64::from(m) << 20);
        Quotas {
            bytes: bytes(self.megabytes, usual.bytes),
            box_bytes: bytes(self.box_megabytes, usual.box_bytes),
            box_letters: self.box_letters.unwrap_or(usual.box_letters),
            boxes: self.boxes.map_or(usual.boxes, |boxes| boxes as usize),
            ..usual
        }
    }
}

/// Proof of work, in bits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Work {
    /// On intents and cards: the same on a whole network.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) gossip: Option<u8>,
    /// On first offers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) offer: Option<u8>,
}

impl Work {
    fn is_silent(&self) -> bool {
        *self == Self::default()
    }
}

/// Where a value came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Origin {
    File,
    Default,
}

impl Origin {
    /// The word.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Default => "default",
        }
    }
}

/// A choice with its origin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Choice {
    pub(crate) name: &'static str,
    pub(crate) value: serde_json::Value,
    pub(crate) origin: Origin,
}

/// What a daemon runs with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Config {
    pub(crate) listen: Vec<String>,
    pub(crate) peers: Vec<String>,
    pub(crate) mdns: bool,
    pub(crate) kad: bool,
    pub(crate) roster: Option<PathBuf>,
    pub(crate) shelf_bytes: usize,
    pub(crate) journal_bytes: u64,
    pub(crate) work_gossip: u8,
    pub(crate) work_offer: u8,
    pub(crate) mailbox: Quotas,
}

impl File {
    /// Reads the file; that there is none is fine.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        match std::fs::metadata(path) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(e) => return Err(at_file(path, &e)),
            Ok(meta) if meta.len() > MAX_FILE => return Err(bad_file(path, "it is larger than 64 KiB")),
            Ok(_) => {}
        }
        let text = std::fs::read_to_string(path).map_err(|e| at_file(path, &e))?;
        let file: Self = toml::from_str(&text).map_err(|e| bad_file(path, &e.to_string()))?;
        file.within_bounds().map_err(|why| bad_file(path, &why))?;
        Ok(file)
    }

    /// What the types do not bound.
    fn within_bounds(&self) -> Result<(), String> {
        match self.shelf_bytes {
            Some(bytes) if bytes > MAX_SHELF_BYTES => {
                Err(format!("shelf_bytes is {bytes}; {MAX_SHELF_BYTES} (1 GiB) is the most"))
            }
            _ => Ok(()),
        }
    }

    /// Writes the file, with its folder.
    pub(crate) fn write(&self, path: &Path) -> Result<(), Failure> {
        let text = toml::to_string(self).map_err(|e| bad_file(path, &e.to_string()))?;
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|e| at_file(folder, &e))?;
        }
        std::fs::write(path, text).map_err(|e| at_file(path, &e))
    }

    /// What a daemon runs with.
    pub(crate) fn with_defaults(self) -> Config {
        Config {
            listen: self.listen.unwrap_or_else(|| vrm_node::LISTEN.map(str::to_owned).into()),
            peers: self.peers.unwrap_or_default(),
            mdns: self.mdns.unwrap_or(true),
            kad: self.kad.unwrap_or(true),
            roster: self.roster,
            shelf_bytes: self.shelf_bytes.unwrap_or_else(|| Settings::default().shelf_bytes),
            journal_bytes: self.journal_bytes.unwrap_or_else(|| Settings::default().journal_bytes),
            work_gossip: self.work.gossip.unwrap_or(limits::WORK_GOSSIP),
            work_offer: self.work.offer.unwrap_or(limits::WORK_FIRST_OFFER),
            mailbox: self.mailbox.quotas(),
        }
    }

    /// Every choice with where it came from.
    pub(crate) fn choices(&self) -> Vec<Choice> {
        let all = self.clone().with_defaults();
        let from = |given: bool| if given { Origin::File } else { Origin::Default };
        let choice = |name, value, given| Choice { name, value, origin: from(given) };
        vec![
            choice("listen", all.listen.into(), self.listen.is_some()),
            choice("peers", all.peers.into(), self.peers.is_some()),
            choice("mdns", all.mdns.into(), self.mdns.is_some()),
            choice("kad", all.kad.into(), self.kad.is_some()),
            choice(
                "roster",
                all.roster.map_or_else(|| "shipped".into(), |r| r.display().to_string()).into(),
                self.roster.is_some(),
            ),
            choice("shelf_bytes", all.shelf_bytes.into(), self.shelf_bytes.is_some()),
            choice("journal_bytes", all.journal_bytes.into(), self.journal_bytes.is_some()),
            choice("work.gossip", all.work_gossip.into(), self.work.gossip.is_some()),
            choice("work.offer", all.work_offer.into(), self.work.offer.is_some()),
            choice("mailbox.megabytes", (all.mailbox.bytes >> 20).into(), self.mailbox.megabytes.is_some()),
            choice(
                "mailbox.box_megabytes",
                (all.mailbox.box_bytes >> 20).into(),
                self.mailbox.box_megabytes.is_some(),
            ),
            choice("mailbox.box_letters", all.mailbox.box_letters.into(), self.mailbox.box_letters.is_some()),
            choice("mailbox.boxes", all.mailbox.boxes.into(), self.mailbox.boxes.is_some()),
        ]
    }
}

fn bad_file(path: &Path, why: &str) -> Failure {
    let title = format!("the configuration in {} makes no sense", path.display());
    usage("bad_config", &title, why.trim_end(), "correct the file; `vrm config show` lists every name")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_choice_tells_where_it_came_from() {
        let file: File = toml::from_str("mdns = false\n[work]\ngossip = 4\n").unwrap();
        let told: Vec<_> = file.choices().into_iter().map(|c| (c.name, c.origin.word())).collect();
        assert!(told.contains(&("mdns", "file")) && told.contains(&("work.gossip", "file")));
        assert!(told.contains(&("listen", "default")) && told.contains(&("work.offer", "default")));
    }

    #[test]
    fn a_shelf_is_as_large_as_the_file_says_up_to_its_bound() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("config.toml");
        let read = |bytes: usize| {
            std::fs::write(&path, format!("shelf_bytes = {bytes}\n")).unwrap();
            File::read(&path).map(|file| file.with_defaults().shelf_bytes)
        };
        assert_eq!(read(0).unwrap(), 0);
        assert_eq!(read(MAX_SHELF_BYTES).unwrap(), MAX_SHELF_BYTES);
        let refused = read(MAX_SHELF_BYTES + 1).unwrap_err();
        assert!(format!("{refused:?}").contains("1073741824 (1 GiB) is the most"), "{refused:?}");
        assert_eq!(File::default().with_defaults().shelf_bytes, Settings::default().shelf_bytes);
    }

    #[test]
    fn a_misspelt_name_is_refused_and_a_written_file_reads_back() {
        assert!(toml::from_str::<File>("mdsn = true").is_err());
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("new/config.toml");
        assert_eq!(File::read(&path).unwrap(), File::default());
        let file = File { mdns: Some(false), work: Work { gossip: Some(4), offer: None }, ..File::default() };
        file.write(&path).unwrap();
        assert_eq!(File::read(&path).unwrap(), file);
    }
}
