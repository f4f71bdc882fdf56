//! What the objects of vrm are: ids, keys, values, the signed envelope, sealing, and every kind that travels.
//!
//! Knows: bytes, signatures, hashes, units, the shape and the stateless rules of each object.
//! Must not know: storage, network, clocks, files, randomness of the operating system, or what a node
//! decides about an object. Time and chance come in as arguments. Nothing received is ever re-encoded.

pub mod agreement;
pub mod blob;
pub mod body;
pub mod body_seal;
pub mod box_proof;
pub mod cbor;
pub mod envelope;
mod hash;
pub mod id;
pub mod key;
pub mod limits;
pub mod object;
mod octets;
pub mod root;
pub mod roster;
pub mod seal;
pub mod value;
pub mod work;

pub use envelope::{Kind, Payload, RawEnvelope, Signed, Unverified};
pub use id::{Cid, Hash};
pub use key::{PublicKey, SealKey, SealPublic, Signer};
