//! The conduits of a running node, and the journal in each.
//!
//! Knows: bodies, which it encodes. Must not know chains, seals or letters: the machine has them.

use vrm_core::body::{Body, Kind, Note};
use vrm_core::object::entry::Subtype;
use vrm_core::{Cid, Hash};
use vrm_protocol::conduits::{self, Checked, Shown};
use vrm_protocol::records::ConduitState;
use vrm_protocol::{Act, Command, Refusal, Reply, prepare, query};

use super::NodeHandle;
use crate::error::NodeError;

impl NodeHandle {
    /// Writes an entry into a conduit's journal; the other side gets it as soon as it can be reached.
    ///
    /// # Errors
    /// [`NodeError::Body`] with the field that breaks a rule of its kind; [`NodeError::Refused`].
    pub async fn append(&self, conduit: Hash, body: &Body) -> Result<Cid, NodeError> {
        let (subtype, plain) = (subtype(body), body.encode()?);
        let mut rng = self.0.chance.rng();
        // Sealing is most of the work, and needs nobody's turn.
        let prepared = self.with_store(move |store| {
            let conduit = query::conduit(store, &conduit)?.ok_or(Refusal::NoSuchConduit)?;
            Ok(prepare::entry(&conduit, subtype, plain, &mut rng)?)
        });
        let command = Command::Write(Box::new(prepared.await?));
        match self.command(command, Act::Human).await? {
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

    /// A conduit's journal in causal order, which is the same on both sides.
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

    /// Opens, pauses or closes a conduit on this side.
    ///
    /// # Errors
    /// [`NodeError::Refused`].
    pub async fn set_conduit(&self, conduit: Hash, state: ConduitState) -> Result<(), NodeError> {
        self.command(Command::SetConduit { conduit, state }, Act::Human).await.map(drop)
    }
}

fn subtype(body: &Body) -> Subtype {
    match (body, body.kind()) {
        (Body::Unknown { subtype, .. }, _) => subtype.clone(),
        (_, kind) => kind.map_or("", Kind::word).parse().expect("every known kind's word is a subtype"),
    }
}
