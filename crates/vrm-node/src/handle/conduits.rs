//! The conduits of a running node, and the journal in each.
//!
//! Knows: bodies, which it encodes. Must not know chains, seals or letters: the machine has them.

use std::sync::{Arc, PoisonError};

use vrm_core::body::{Body, Kind, Note, Policy};
use vrm_core::body_seal::{ContentError, PairKey};
use vrm_core::object::entry::Subtype;
use vrm_core::value::Text;
use vrm_core::{Cid, Hash};
use vrm_protocol::conduits::{self, Checked, Content, Erasure, Outlined, Shown};
use vrm_protocol::prepare::PrepareError;
use vrm_protocol::records::{Conduit, ConduitState};
use vrm_protocol::{Act, Command, Refusal, Reply, prepare, query};

use super::{NodeHandle, Shared};
use crate::error::NodeError;

/// Bytes of contents after which a page of a journal ends: a thousand notes, or sixty bodies of the largest size.
const PAGE_BYTES: usize = 4 * 1024 * 1024;

impl Shared {
    /// What both sides of a conduit agree upon.
    fn pair(&self, conduit: &Conduit) -> Result<PairKey, NodeError> {
        let mut pairs = self.pairs.lock().unwrap_or_else(PoisonError::into_inner);
        let pair = pairs.now(&self.root, conduit).map_err(ContentError::from);
        Ok(pair.map_err(PrepareError::from)?)
    }
}

impl NodeHandle {
    /// Writes an entry into a conduit's journal; the other side gets it as soon as it can be reached.
    ///
    /// # Errors
    /// [`NodeError::Body`] with the field that breaks a rule of its kind; [`NodeError::Refused`].
    pub async fn append(&self, conduit: Hash, body: &Body) -> Result<Cid, NodeError> {
        let (subtype, plain) = (subtype(body), body.encode()?);
        let (mut rng, shared) = (self.0.chance.rng(), Arc::clone(&self.0));
        let coming = shared.coming.one();
        // Sealing is most of the work, and needs nobody's turn.
        let prepared = self.with_store(move |store| {
            let conduit = query::conduit(store, &conduit)?.ok_or(Refusal::NoSuchConduit)?;
            let pair = shared.pair(&conduit)?;
            Ok(prepare::entry(&conduit, &pair, subtype, plain, &mut rng)?)
        });
        let command = Command::Write(Box::new(prepared.await?));
        match self.hand_in(command, Act::Human, coming).await? {
            Reply::Object { id } => Ok(id),
            _ => Err(NodeError::Broken("the machine")),
        }
    }

    /// Writes a note into a conduit's journal.
    ///
    /// # Errors
    /// [`NodeError::Text`]; else as [`Self::append`].
    pub async fn note(&self, conduit: Hash, text: &str) -> Result<Cid, NodeError> {
        let text = text.parse().map_err(NodeError::Text)?;
        self.append(conduit, &Body::from(Note { text, thing: None, files: Vec::new() })).await
    }

    /// Part of a conduit's journal in causal order: what follows the entry `after`, or the beginning, at most `limit`
    /// entries and not many more bytes than an answer should have. Only their own bodies are opened. The second value
    /// tells whether there is more.
    ///
    /// # Errors
    /// [`NodeError::Store`].
    pub async fn journal_page(
        &self,
        conduit: Hash,
        after: Option<Cid>,
        limit: usize,
    ) -> Result<(Vec<Shown>, bool), NodeError> {
        let outline = self.outline(conduit).await?;
        self.read(move |view| {
            let start = match after {
                Some(after) => outline.iter().position(|o| o.id == after).map_or(outline.len(), |at| at + 1),
                None => 0,
            };
            let (mut shown, mut bytes) = (Vec::new(), 0);
            for outlined in outline[start..].iter().take(limit) {
                shown.extend(conduits::open_entries(view, &conduit, [outlined])?);
                bytes += shown.last().map_or(0, weight);
                if bytes >= PAGE_BYTES {
                    break;
                }
            }
            let more = start + shown.len() < outline.len();
            Ok((shown, more))
        })
        .await
    }

    /// The entries of a conduit's journal in causal order, without what they say.
    ///
    /// # Errors
    /// [`NodeError::Store`].
    pub async fn outline(&self, conduit: Hash) -> Result<Arc<[Outlined]>, NodeError> {
        let outlines = Arc::clone(&self.0.outlines);
        self.read(move |view| outlines.read(view, &conduit)).await
    }

    /// Some entries of a conduit's journal, with what they say.
    ///
    /// # Errors
    /// [`NodeError::Store`].
    pub async fn entries(&self, conduit: Hash, some: Vec<Outlined>) -> Result<Vec<Shown>, NodeError> {
        self.read(move |view| conduits::open_entries(view, &conduit, &some)).await
    }

    /// A conduit's journal in causal order, which is the same on both sides; every body is opened.
    ///
    /// # Errors
    /// [`NodeError::Store`].
    pub async fn journal(&self, conduit: Hash) -> Result<Vec<Shown>, NodeError> {
        self.read(move |view| conduits::read(view, &conduit)).await
    }

    /// Erases what entries say here, and asks the other side to do the same; returns the request.
    ///
    /// # Errors
    /// [`NodeError::Refused`].
    pub async fn erase(&self, conduit: Hash, entries: Vec<Cid>) -> Result<Cid, NodeError> {
        match self.command(Command::Erase { conduit, entries }, Act::Human).await? {
            Reply::Object { id } => Ok(id),
            _ => Err(NodeError::Broken("the machine")),
        }
    }

    /// Checks every signature, certificate and link of a journal as it is on disk.
    ///
    /// # Errors
    /// [`NodeError::Store`].
    pub async fn verify_journal(&self, conduit: Hash) -> Result<Checked, NodeError> {
        self.read(move |view| conduits::verify(view, &conduit)).await
    }

    /// Sets what this side of a conduit takes, and tells the other; `forget` is for how many days what the other side wrote
    /// is kept here.
    ///
    /// # Errors
    /// [`NodeError::Body`] with the field that breaks a rule; [`NodeError::Refused`].
    pub async fn set_policy(
        &self,
        conduit: Hash,
        policy: Policy,
        forget: Option<u16>,
    ) -> Result<(), NodeError> {
        Body::from(policy.clone()).check()?;
        self.command(Command::SetPolicy { conduit, policy, forget }, Act::Human).await.map(drop)
    }

    /// Turns to new keys in a conduit; with a name, this side is handed over to another firm, and the other side is
    /// asked for fresh consent.
    ///
    /// # Errors
    /// [`NodeError::Refused`].
    pub async fn turn_keys(&self, conduit: Hash, to: Option<Text<120>>) -> Result<(), NodeError> {
        self.command(Command::TurnKeys { conduit, to }, Act::Human).await.map(drop)
    }

    /// Agrees to whoever took over the other side of a conduit, or closes the conduit.
    ///
    /// # Errors
    /// [`NodeError::Refused`].
    pub async fn answer_successor(&self, conduit: Hash, agrees: bool) -> Result<(), NodeError> {
        self.command(Command::Successor { conduit, agrees }, Act::Human).await.map(drop)
    }

    /// Requests to erase in a conduit's journal, and what became of them.
    ///
    /// # Errors
    /// [`NodeError::Store`].
    pub async fn erasures(&self, conduit: Hash) -> Result<Vec<Erasure>, NodeError> {
        self.read(move |view| conduits::erasures(view, &conduit)).await
    }

    /// Opens, pauses or closes a conduit on this side.
    ///
    /// # Errors
    /// [`NodeError::Refused`].
    pub async fn set_conduit(&self, conduit: Hash, state: ConduitState) -> Result<(), NodeError> {
        self.command(Command::SetConduit { conduit, state }, Act::Human).await.map(drop)
    }
}

fn weight(entry: &Shown) -> usize {
    if let Content::Plain(bytes) = &entry.content { bytes.len() } else { 0 }
}

fn subtype(body: &Body) -> Subtype {
    match (body, body.kind()) {
        (Body::Unknown { subtype, .. }, _) => subtype.clone(),
        (_, kind) => kind.map_or("", Kind::word).parse().expect("every known kind's word is a subtype"),
    }
}
