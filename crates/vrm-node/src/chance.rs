//! Where the node takes chance from: the operating system, or a seed that a test chose.
//!
//! Knows: how to make independent generators. Must not know what is drawn from them.

use std::sync::{Mutex, PoisonError};

use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};
use zeroize::Zeroizing;

use crate::error::NodeError;

/// A source of generators; each is seeded from it and then goes its own way.
#[derive(Debug)]
pub(crate) struct Chance(Mutex<ChaCha20Rng>);

impl Chance {
    /// Chance of the operating system.
    pub(crate) fn of_system() -> Result<Self, NodeError> {
        let mut seed = Zeroizing::new([0; 32]);
        getrandom::fill(&mut seed[..]).map_err(|e| NodeError::Randomness(e.to_string()))?;
        Ok(Self::seeded(&seed, 0))
    }

    /// Chance that repeats itself: the same for the same seed and run.
    pub(crate) fn seeded(seed: &[u8; 32], run: u64) -> Self {
        let mut rng = ChaCha20Rng::from_seed(*seed);
        rng.set_stream(run);
        Self(Mutex::new(rng))
    }

    /// Thirty-two bytes for a secret.
    pub(crate) fn secret(&self) -> Zeroizing<[u8; 32]> {
        let mut bytes = Zeroizing::new([0; 32]);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(&mut bytes[..]);
        bytes
    }

    /// A generator of its own.
    pub(crate) fn rng(&self) -> ChaCha20Rng {
        ChaCha20Rng::from_seed(*self.secret())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_seed_repeats_itself_and_another_run_does_not() {
        let draw = |run| *Chance::seeded(&[7; 32], run).secret();
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
        let system = Chance::of_system().unwrap();
        assert_ne!(*system.secret(), *system.secret());
    }
}
