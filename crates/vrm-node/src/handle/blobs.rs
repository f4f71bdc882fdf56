//! The attachments of a running node: photos made fit to be sent, files put beside a journal, blobs read and fetched.
//!
//! Knows: in which order a file becomes a blob. Must not know chunks on disk, nor how blobs travel: the machine does.

use tokio::task::spawn_blocking;
use vrm_core::blob::{self, Sealed};
use vrm_core::body::{Attachment, Body, Note, Photo as Photos};
use vrm_core::value::Text;
use vrm_core::{Cid, Hash};
use vrm_protocol::blobs::{self, AT_ONCE, Checked, Place, Shown};
use vrm_protocol::{Act, Command};

use super::NodeHandle;
use crate::error::NodeError;
use crate::photos::{self, Photo};

impl NodeHandle {
    /// Makes a photo of a file: its pixels and nothing else of it. What this gives is the preview, and is what to attach.
    ///
    /// # Errors
    /// [`NodeError::Photo`].
    pub async fn photo(&self, file: Vec<u8>) -> Result<Photo, NodeError> {
        let made = spawn_blocking(move || photos::clean(&file)).await;
        Ok(made.map_err(|_| NodeError::Broken("a photo's decoder"))??)
    }

    /// Puts bytes beside a conduit's journal, for an entry to name; nothing leaves before one does. The same bytes are
    /// there once.
    ///
    /// # Errors
    /// [`NodeError::Blob`]; [`NodeError::Refused`] when there is no room, or the conduit is not open.
    pub async fn attach(
        &self,
        conduit: Hash,
        plain: Vec<u8>,
        media: Text<64>,
        alt: Option<Text<200>>,
    ) -> Result<Attachment, NodeError> {
        let (root, mut rng) = (self.0.root.clone(), self.0.chance.rng());
        let made = self.with_store(move |store| {
            let (known, same) = blobs::same(store, &root, &conduit, &plain)?;
            Ok((known, same, blob::seal(&plain, &mut rng)?))
        });
        let (known, same, sealed) = made.await?;
        if let Some(same) = same {
            return Ok(Attachment { media, alt, ..same });
        }
        let key = *sealed.key.expose();
        let (blob, size) = (sealed.manifest.id(), sealed.manifest.size());
        self.keep_blob(Place { conduit, blob }, known, sealed).await?;
        Ok(Attachment { blob, key, size, media, alt })
    }

    async fn keep_blob(&self, place: Place, known: Hash, sealed: Sealed) -> Result<(), NodeError> {
        let begin = Command::BeginBlob { conduit: place.conduit, manifest: Box::new(sealed.manifest), known };
        self.command(begin, Act::Human).await?;
        for (n, some) in sealed.chunks.chunks(AT_ONCE).enumerate() {
            let (first, chunks) = (n * AT_ONCE, some.to_vec());
            self.command(Command::KeepChunks { place, first, chunks }, Act::Human).await?;
        }
        Ok(())
    }

    /// Writes an entry with photos that were attached.
    ///
    /// # Errors
    /// [`NodeError::Text`]; else as [`Self::append`].
    pub async fn show(
        &self,
        conduit: Hash,
        photos: Vec<Attachment>,
        text: Option<&str>,
    ) -> Result<Cid, NodeError> {
        let text = text.map(str::parse).transpose().map_err(NodeError::Text)?;
        self.append(conduit, &Body::from(Photos { photos, text, thing: None })).await
    }

    /// Writes a note with files that were attached.
    ///
    /// # Errors
    /// [`NodeError::Text`]; else as [`Self::append`].
    pub async fn note_with(
        &self,
        conduit: Hash,
        text: &str,
        files: Vec<Attachment>,
    ) -> Result<Cid, NodeError> {
        let text = text.parse().map_err(NodeError::Text)?;
        self.append(conduit, &Body::from(Note { text, thing: None, files })).await
    }

    /// All blobs of a conduit, or of all conduits.
    ///
    /// # Errors
    /// [`NodeError::Store`].
    pub async fn blobs(&self, conduit: Option<Hash>) -> Result<Vec<Shown>, NodeError> {
        self.read(move |view| blobs::list(view, conduit.as_ref())).await
    }

    /// What is in a blob.
    ///
    /// # Errors
    /// [`NodeError::Refused`] when not all of it is here, or no entry that still stands names it.
    pub async fn blob(&self, place: Place) -> Result<(Attachment, Vec<u8>), NodeError> {
        self.with_store(move |store| Ok(blobs::bytes(store, place)?)).await
    }

    /// Checks what is here of a blob.
    ///
    /// # Errors
    /// [`NodeError::Refused`], [`NodeError::Store`].
    pub async fn check_blob(&self, place: Place) -> Result<Checked, NodeError> {
        self.with_store(move |store| Ok(blobs::check(store, place)?)).await
    }

    /// Fetches a blob from the other side, whatever its size. [`vrm_protocol::Event::Attached`] tells when it is here.
    ///
    /// # Errors
    /// [`NodeError::Refused`] when no entry names it, or there is no room for it.
    pub async fn fetch_blob(&self, place: Place) -> Result<(), NodeError> {
        self.command(Command::FetchBlob { place }, Act::Human).await.map(drop)
    }
}
