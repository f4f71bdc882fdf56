//! Own intents in JSON: the stub, where it stands, and what stays on this machine; and the preview before a cast.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vrm_core::object::Detail;
use vrm_core::value::{Geohash, Text};
use vrm_core::{Cid, cbor};
use vrm_protocol::command::PrivateIntent;
use vrm_protocol::records::{self, IntentState};
use vrm_protocol::store::StoreError;

use super::{Amount, Intent};

/// What stays on this machine for an own intent. The API serves it over the owner's own socket only.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Private {
    /// The most she would pay: never leaves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reserve: Option<Amount>,
    /// Exactly where: for the chosen vendor only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub place: Option<Geohash>,
    /// Where to deliver: for the chosen vendor only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub address: Option<Text<400>>,
    /// For the chosen vendor only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub note: Option<Text<2000>>,
}

impl Private {
    /// What the canonical bytes of a detail say; `None` when they are no detail.
    #[must_use]
    pub fn from_detail(bytes: &[u8]) -> Option<Self> {
        let detail: Detail = cbor::decode(bytes).ok()?;
        Some(Self { reserve: None, place: detail.place, address: detail.address, note: detail.note })
    }
}

impl From<&PrivateIntent> for Private {
    fn from(private: &PrivateIntent) -> Self {
        let detail = private.detail.as_deref().and_then(Self::from_detail).unwrap_or_default();
        Self { reserve: private.reserve.map(Amount), ..detail }
    }
}

/// An own intent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OwnIntent {
    /// Its id.
    #[schema(value_type = String)]
    pub id: Cid,
    /// `cast`, `dealt`, `withdrawn` or `expired`.
    #[schema(value_type = String)]
    pub state: IntentState,
    /// Offers taken so far, of `demand.cap`.
    pub taken: u8,
    /// What the world sees.
    pub demand: Intent,
    /// What stays here.
    pub private: Private,
    /// The signed public bytes, in hexadecimal.
    pub bytes: String,
}

impl OwnIntent {
    /// The twin of a stored intent.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] when the stored bytes are no intent any more.
    pub fn read(stored: &records::OwnIntent) -> Result<Self, StoreError> {
        let signed = records::read_stored(&stored.raw, "intent")?;
        Ok(Self {
            id: signed.id(),
            state: stored.state,
            taken: stored.taken,
            demand: Intent::from(&signed),
            private: Private::from(&stored.private),
            bytes: super::hex(&stored.raw),
        })
    }
}

/// An intent that is ready and has not left: exactly what the world will see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Preview {
    /// The id it will have.
    #[schema(value_type = String)]
    pub id: Cid,
    /// What the world will see.
    pub demand: Intent,
    /// What stays on this machine.
    pub private: Private,
    /// The signed public bytes, in hexadecimal.
    pub bytes: String,
    /// How many bytes leave.
    pub size: usize,
}

impl Preview {
    /// Of a prepared intent.
    #[must_use]
    pub fn new(signed: &vrm_core::Signed<vrm_core::object::Intent>, private: &PrivateIntent) -> Self {
        let raw = signed.raw().as_bytes();
        Self {
            id: signed.id(),
            demand: Intent::from(signed),
            private: Private::from(private),
            bytes: super::hex(raw),
            size: raw.len(),
        }
    }
}
