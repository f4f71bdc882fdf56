//! Chance from a seed: every part of a world draws from its own stream, so that one more draw here changes nothing
//! there.

use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};
use vrm_core::Hash;

/// A named stream of chance.
#[derive(Debug, Clone)]
pub struct Chance(ChaCha20Rng);

impl Chance {
    /// The stream called `name` of a seed.
    #[must_use]
    pub fn new(seed: u64, name: &str) -> Self {
        let seed = Hash::of("sim", &[&seed.to_be_bytes(), name.as_bytes()]);
        Self(ChaCha20Rng::from_seed(seed.0))
    }

    /// A number below `n`; 0 when `n` is 0.
    pub fn below(&mut self, n: u64) -> u64 {
        if n == 0 { 0 } else { self.0.next_u64() % n }
    }

    /// A number of the range, both ends included.
    pub fn between(&mut self, (least, most): (u64, u64)) -> u64 {
        least + self.below(most.saturating_sub(least) + 1)
    }

    /// True in `percent` of a hundred draws.
    pub fn percent(&mut self, percent: u8) -> bool {
        self.below(100) < u64::from(percent)
    }

    /// One of them, if there are any.
    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        let at = self.below(of.len() as u64);
        of.get(usize::try_from(at).unwrap_or_default())
    }

    /// The generator itself, for what the machine draws.
    pub fn rng(&mut self) -> &mut ChaCha20Rng {
        &mut self.0
    }
}
