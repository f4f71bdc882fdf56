//! What both sides' sealing keys agree upon, worked out once for each pair of them and kept in memory.
//!
//! Knows: which of this side's secrets belongs to which public key. Must not know what is sealed.

use std::collections::BTreeMap;

use vrm_core::body_seal::{PairKey, SealedBody};
use vrm_core::root::Root;
use vrm_core::seal::SealError;
use vrm_core::{Hash, SealPublic};

use crate::records::Conduit;

/// Agreements that are remembered; beyond that all are forgotten, and worked out again.
const REMEMBERED: usize = 4_096;

/// See the module.
#[derive(Debug, Default)]
pub struct Pairs {
    known: BTreeMap<[SealPublic; 2], PairKey>,
}

impl Pairs {
    /// What the two sides of a conduit agree upon now.
    ///
    /// # Errors
    /// [`SealError::BadKey`].
    pub fn now(&mut self, root: &Root, conduit: &Conduit) -> Result<PairKey, SealError> {
        self.between(root, (&conduit.salt, conduit.mine.seal), conduit.theirs.seal)
    }

    /// What the two sides agreed upon when a body was sealed: those of their keys that it names, now or before.
    pub(crate) fn of(
        &mut self,
        root: &Root,
        conduit: &Conduit,
        sealed: &SealedBody,
    ) -> impl Iterator<Item = PairKey> {
        let former = conduit.former.iter().rev();
        let own = former.clone().filter_map(|one| one.own.as_ref().map(|(salt, _)| (salt, one.keys.seal)));
        let own = std::iter::once((&conduit.salt, conduit.mine.seal)).chain(own);
        let theirs = former.filter(|one| one.side != conduit.side).map(|one| one.keys.seal);
        let theirs: Vec<_> = std::iter::once(conduit.theirs.seal).chain(theirs).collect();
        let named: Vec<_> = own
            .flat_map(|mine| theirs.iter().map(move |theirs| (mine, *theirs)))
            .filter(|((_, mine), theirs)| sealed.is_between(mine, theirs))
            .collect();
        named.into_iter().filter_map(|(mine, theirs)| self.between(root, mine, theirs).ok())
    }

    fn between(
        &mut self,
        root: &Root,
        (salt, mine): (&Hash, SealPublic),
        theirs: SealPublic,
    ) -> Result<PairKey, SealError> {
        if let Some(known) = self.known.get(&[mine, theirs]) {
            return Ok(known.clone());
        }
        let pair = PairKey::agree(&root.pairwise(salt).reply, &theirs)?;
        if self.known.len() >= REMEMBERED {
            self.known.clear();
        }
        self.known.insert([mine, theirs], pair.clone());
        Ok(pair)
    }
}
