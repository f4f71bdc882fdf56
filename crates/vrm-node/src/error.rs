//! Everything that can go wrong at the node's edge: what, why, and what mends it.
//!
//! Knows: a stable code and a remedy for each. Must not know how they are shown.

use vrm_core::blob::BlobError;
use vrm_core::body::BodyError;
use vrm_core::value::TextError;
use vrm_net::{AddrError, DialError, NetError, SendError};
use vrm_protocol::invitations::link::BadLink;
use vrm_protocol::prepare::PrepareError;
use vrm_protocol::store::StoreError;
use vrm_protocol::{Class, FilterError, Refusal};

use crate::drafts::DraftError;
use crate::photos::PhotoError;

/// Why the node did not do something.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NodeError {
    /// A rule of the protocol forbids it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// What was given cannot be made into an object.
    #[error(transparent)]
    Prepare(#[from] PrepareError),
    /// A part of a draft makes no sense.
    #[error(transparent)]
    Draft(#[from] DraftError),
    /// The body of an entry breaks a rule of its kind.
    #[error(transparent)]
    Body(#[from] BodyError),
    /// Bytes that cannot be attached.
    #[error(transparent)]
    Blob(#[from] BlobError),
    /// A file that is not taken as a photo.
    #[error(transparent)]
    Photo(#[from] PhotoError),
    /// A link does not invite anybody.
    #[error(transparent)]
    Link(#[from] BadLink),
    /// A text is too long, blank, or holds control characters.
    #[error(transparent)]
    Text(TextError),
    /// The filter does not compile: where, and a hint.
    #[error("{0}")]
    Filter(FilterError),
    /// The store failed. While the node runs this stops it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The network did not start.
    #[error(transparent)]
    Net(#[from] NetError),
    /// A node could not be reached.
    #[error(transparent)]
    Dial(#[from] DialError),
    /// A node did not answer.
    #[error(transparent)]
    Send(#[from] SendError),
    /// The node is shut down.
    #[error("the node is shut down")]
    Closed,
    /// A preview that is not there any more.
    #[error("this preview is gone: it was used, or ten minutes have passed")]
    PreviewGone,
    /// No directory was given, and not asked for memory either.
    #[error("no data directory was given")]
    NoDataDir,
    /// There is no store to back up.
    #[error("there is no store in {0}")]
    NoStore(String),
    /// A backup is never restored over what is there.
    #[error("there is a store already in {0}")]
    Occupied(String),
    /// The passphrase or key is not the one of the backup.
    #[error("this passphrase does not open the backup")]
    WrongSecret,
    /// The backup is not what was written.
    #[error("the backup cannot be used: {0}; nothing was restored")]
    BadBackup(String),
    /// The operating system gave no randomness.
    #[error("the operating system gave no randomness: {0}")]
    Randomness(String),
    /// The operating system gave no thread.
    #[error("the operating system gave no thread: {0}")]
    Thread(String),
    /// A part of the node ended unexpectedly: a bug.
    #[error("{0} ended unexpectedly")]
    Broken(&'static str),
}

/// What kind of trouble it is, for exit codes and status codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Trouble {
    /// What was named is not here.
    NotFound,
    /// A rule, the terms or the other party forbid it.
    ByRule,
    /// What was given makes no sense.
    Usage,
    /// Somebody else holds what is needed.
    Taken,
    /// The store is damaged, full, or failed.
    Store,
    /// A node could not be reached.
    Network,
    /// No answer in time; it may still happen.
    TimedOut,
    /// The node is not running.
    Closed,
    /// Anything else.
    Failed,
}

impl NodeError {
    /// A stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.row().0
    }

    /// What kind of trouble it is.
    #[must_use]
    pub fn class(&self) -> Trouble {
        self.row().1
    }

    /// What mends it.
    #[must_use]
    pub fn fix(&self) -> &'static str {
        self.row().2
    }

    /// Whether the same again may end differently.
    #[must_use]
    pub fn may_retry(&self) -> bool {
        matches!(self.class(), Trouble::Network | Trouble::TimedOut | Trouble::Taken)
    }

    fn row(&self) -> Row {
        match self {
            Self::Refused(refusal) => refused(*refusal),
            Self::Prepare(error) => prepare(error),
            Self::Draft(_) => ("bad_draft", Trouble::Usage, "correct the part that is named"),
            Self::Body(_) => ("bad_body", Trouble::Usage, "correct the field that is named"),
            Self::Blob(_) => ("bad_attachment", Trouble::Usage, "attach a file of at most 8 MiB"),
            Self::Photo(_) => {
                ("bad_photo", Trouble::Usage, "give a JPEG, PNG or WebP, or attach it as a file")
            }
            Self::Link(_) => ("bad_link", Trouble::Usage, "paste all of the link, or ask for it again"),
            Self::Text(_) => ("bad_text", Trouble::Usage, "write plain lines, and fewer of them"),
            Self::Filter(_) => {
                ("bad_filter", Trouble::Usage, "correct what is marked, or try it with `vrm filter test`")
            }
            Self::Store(error) => store(error),
            Self::Net(error) => net(error),
            Self::Dial(error) => dial(error),
            Self::Send(error) => send(error),
            Self::Closed => ("closed", Trouble::Closed, "start it with `vrm up`"),
            Self::PreviewGone => ("preview_gone", Trouble::NotFound, "make the preview again"),
            Self::NoDataDir => ("no_data_dir", Trouble::Usage, "give a directory, or ask for memory only"),
            Self::NoStore(_) => ("no_store", Trouble::NotFound, "give the folder of a node with --home DIR"),
            Self::Occupied(_) => {
                ("store_there", Trouble::ByRule, "stop its node with `vrm down`, then move that folder aside")
            }
            Self::WrongSecret => {
                ("wrong_passphrase", Trouble::Usage, "give the passphrase that the backup was made with")
            }
            Self::BadBackup(_) => ("bad_backup", Trouble::Failed, "restore another backup, or copy it again"),
            Self::Randomness(_) => ("no_randomness", Trouble::Failed, "restart this machine"),
            Self::Thread(_) => {
                ("no_thread", Trouble::Failed, "raise the limit on threads, or stop other programs")
            }
            Self::Broken(_) => {
                ("broken", Trouble::Failed, "restart the node and report this with `vrm doctor`")
            }
        }
    }
}

/// Code, kind of trouble, remedy.
type Row = (&'static str, Trouble, &'static str);

fn refused(refusal: Refusal) -> Row {
    let row = refusal.row();
    let class = match row.class {
        Class::NotFound => Trouble::NotFound,
        Class::ByRule => Trouble::ByRule,
        Class::Usage => Trouble::Usage,
        Class::Store => Trouble::Store,
    };
    (row.code, class, row.fix)
}

fn prepare(error: &PrepareError) -> Row {
    match error {
        PrepareError::NoSuchTerms(_) => {
            ("no_such_terms", Trouble::NotFound, "list them with `vrm terms list`")
        }
        PrepareError::NotProfferable(_) => {
            ("not_profferable", Trouble::ByRule, "choose one that `vrm terms list` marks")
        }
        PrepareError::NotProffered(..) => ("not_proffered", Trouble::ByRule, "sign one of those it proffers"),
        PrepareError::NoCommonTerms(_) => {
            ("no_common_terms", Trouble::ByRule, "name one with --terms, or decline them")
        }
        PrepareError::NoPrice => ("no_price", Trouble::Usage, "give one, such as --price 400EUR"),
        PrepareError::TooLong { .. } => ("too_long", Trouble::Usage, "give a shorter time"),
        PrepareError::TooMuchWork(_) => ("too_much_work", Trouble::ByRule, "offer on one that asks for less"),
        PrepareError::Ended(_) => ("expired", Trouble::ByRule, "offer on one that is still open"),
        PrepareError::InvitationOver(_) => ("invitation_over", Trouble::ByRule, "ask for a new one"),
        PrepareError::UnknownTerms(_) => (
            "unknown_terms",
            Trouble::ByRule,
            "ask for an invitation under terms that `vrm terms list` shows",
        ),
        PrepareError::NoWayHere => {
            ("no_way_here", Trouble::ByRule, "have letters held with `vrm mailbox add`, or listen somewhere")
        }
        PrepareError::Reserve(_) => ("reserve_below_budget", Trouble::Usage, "lower --budget or raise --max"),
        _ => ("bad_draft", Trouble::Usage, "correct the field that is named"),
    }
}

fn store(error: &StoreError) -> Row {
    match error {
        StoreError::TooLarge { .. } => ("store_too_large", Trouble::Store, "report this: it is a bug"),
        StoreError::Locked { .. } => {
            ("store_locked", Trouble::Taken, "use the node that runs there, or stop it first")
        }
        StoreError::Damaged { .. } => {
            ("store_damaged", Trouble::Store, "restore a backup with `vrm restore`")
        }
        StoreError::Full { .. } => {
            ("disk_full", Trouble::Store, "free some space on that disk, then start again")
        }
        StoreError::NewerFormat { .. } => {
            ("newer_format", Trouble::Store, "use the newer program that wrote it")
        }
        StoreError::WrongKey { .. } => {
            ("wrong_storage_key", Trouble::Store, "give the passphrase or key it was made with")
        }
        _ => ("store_io", Trouble::Store, "check that disk and who may write there, then start again"),
    }
}

fn net(error: &NetError) -> Row {
    match error {
        NetError::BadAddress { .. } => ("bad_address", Trouble::Usage, ADDRESS),
        NetError::PortInUse { .. } => {
            ("port_in_use", Trouble::Taken, "stop the other program, or listen on another port")
        }
        NetError::Listen { .. } => {
            ("cannot_listen", Trouble::Failed, "listen on an address that this machine has")
        }
        NetError::Gossip(_) => ("bad_gossip", Trouble::Usage, "correct the setting that is named"),
        NetError::NoRuntime => ("no_runtime", Trouble::Usage, "start the node inside a tokio runtime"),
    }
}

const ADDRESS: &str = "write it like /ip4/192.0.2.1/tcp/8762";

fn dial(error: &DialError) -> Row {
    match error {
        DialError::BadAddress(AddrError::Syntax(_) | AddrError::Transport(_)) => {
            ("bad_address", Trouble::Usage, ADDRESS)
        }
        DialError::Refused => {
            ("dial_refused", Trouble::Network, "check that a node runs there and on which port")
        }
        DialError::TimedOut => {
            ("dial_timed_out", Trouble::TimedOut, "check the address and the firewalls between")
        }
        DialError::WrongPeer { .. } => {
            ("wrong_peer", Trouble::ByRule, "ask its owner for the address of today")
        }
        DialError::Itself => ("dialled_itself", Trouble::Usage, "give the address of another node"),
        DialError::OtherVersion { .. } => {
            ("other_version", Trouble::ByRule, "update the older of the two nodes")
        }
        DialError::Banned => {
            ("peer_banned", Trouble::ByRule, "wait: it misbehaved and is let in again within the hour")
        }
        DialError::TooMany => ("too_many_peers", Trouble::ByRule, "remove a peer first"),
        DialError::NoAddress => ("no_address", Trouble::NotFound, "give an address of it"),
        DialError::Unreachable(_) => {
            ("unreachable", Trouble::Network, "check that both machines are on a network that meets")
        }
        DialError::Stopped => ("closed", Trouble::Closed, "start it with `vrm up`"),
    }
}

fn send(error: &SendError) -> Row {
    match error {
        SendError::BadPeer(_) => ("bad_peer", Trouble::Usage, "copy the name from `vrm peer list`"),
        SendError::TimedOut => ("no_answer", Trouble::TimedOut, "try again: the other node may be busy"),
        SendError::TooLarge { .. } => ("letter_too_large", Trouble::Usage, "say it in fewer words"),
        SendError::Stopped => ("closed", Trouble::Closed, "start it with `vrm up`"),
        _ => ("no_answer", Trouble::Network, "check that it runs, then try again"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_trouble_at_the_start_has_a_code_a_cause_and_a_remedy() {
        let path = || "/home/alice/.vrm".to_owned();
        let troubles: Vec<NodeError> = vec![
            StoreError::Locked { path: path(), pid: 42 }.into(),
            StoreError::Damaged { path: path(), what: "a record fails its check".into() }.into(),
            StoreError::Full { path: path() }.into(),
            StoreError::NewerFormat { path: path(), found: 9, known: 1 }.into(),
            StoreError::WrongKey { path: path() }.into(),
            NetError::PortInUse { addr: "/ip4/0.0.0.0/tcp/8762".into() }.into(),
            Refusal::NoSuchOffer.into(),
            NodeError::Closed,
        ];
        let told: Vec<_> = troubles.iter().map(|t| format!("{} · {t} · {}", t.code(), t.fix())).collect();
        insta::assert_snapshot!(told.join("\n"), @r"
        store_locked · /home/alice/.vrm is in use by process 42 · use the node that runs there, or stop it first
        store_damaged · /home/alice/.vrm is damaged: a record fails its check · restore a backup with `vrm restore`
        disk_full · no space left on the disk that holds /home/alice/.vrm · free some space on that disk, then start again
        newer_format · /home/alice/.vrm has format 9; this program knows up to 1 · use the newer program that wrote it
        wrong_storage_key · the storage key in /home/alice/.vrm does not open this store · give the passphrase or key it was made with
        port_in_use · cannot listen on /ip4/0.0.0.0/tcp/8762: the port is in use · stop the other program, or listen on another port
        no_such_offer · no such offer here · list them with `vrm offers INTENT`
        closed · the node is shut down · start it with `vrm up`
        ");
    }
}
