//! The table of kinds: each subtype's word and its type. A new kind is one line here and one type beside it.
//!
//! Knows: which word means which type. Must not know a single field.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::cbor;
use crate::object::entry::Subtype;
use crate::octets;

use super::rule::{BodyError, Broken};
use super::{MAX_BODY, bond, care, case, data, notice, policy, receipt, tag, talk, trade};

macro_rules! kinds {
    ($($word:literal $kind:ident: $type:ty, $about:literal;)+) => {
        /// What an entry is about, where this version knows the word.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind {
            $(#[doc = $about] $kind),+
        }

        impl Kind {
            /// Every kind, in the order of the reference.
            pub const ALL: &'static [Self] = &[$(Self::$kind),+];

            /// The subtype's word.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$kind => $word),+ }
            }

            /// The kind with this word.
            #[must_use]
            pub fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$kind),)+ _ => None }
            }

            /// What it is, in a few words.
            #[must_use]
            pub const fn about(self) -> &'static str {
                match self { $(Self::$kind => $about),+ }
            }
        }

        /// The content of an entry.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum Body {
            $(#[doc = $about] $kind($type),)+
            /// A kind that this version does not know. It is kept as it came and shown as such.
            Unknown {
                /// Its word.
                subtype: Subtype,
                /// Its bytes, which may be anything.
                bytes: Vec<u8>,
            },
        }

        impl Body {
            /// Its kind; `None` when this version does not know it.
            #[must_use]
            pub fn kind(&self) -> Option<Kind> {
                match self { $(Self::$kind(_) => Some(Kind::$kind),)+ Self::Unknown { .. } => None }
            }

            /// The rules of its kind that need no clock and no state.
            fn rules(&self) -> Result<(), Broken> {
                match self { $(Self::$kind(body) => body.check(),)+ Self::Unknown { .. } => Ok(()) }
            }

            pub(super) fn write(&self) -> Result<Vec<u8>, BodyError> {
                match self {
                    $(Self::$kind(body) => Ok(cbor::encode(body)?),)+
                    Self::Unknown { bytes, .. } => Ok(bytes.clone()),
                }
            }

            /// Reads a body in another form than that of the wire, such as JSON. Nothing is checked but its shape:
            /// [`Body::check`] is the caller's.
            ///
            /// # Errors
            /// Those of the form.
            pub fn deserialize<'de, D: Deserializer<'de>>(kind: Kind, from: D) -> Result<Self, D::Error> {
                match kind { $(Kind::$kind => <$type>::deserialize(from).map(Self::$kind),)+ }
            }

            pub(super) fn read(kind: Kind, bytes: &[u8]) -> Result<Self, cbor::DecodeError> {
                match kind { $(Kind::$kind => cbor::decode(bytes).map(Self::$kind),)+ }
            }
        }

        /// As its own type writes itself; one that is not known is bytes.
        impl Serialize for Body {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                match self {
                    $(Self::$kind(body) => body.serialize(to),)+
                    Self::Unknown { bytes, .. } => octets::serialize(bytes, to),
                }
            }
        }

        $(impl From<$type> for Body {
            fn from(body: $type) -> Self {
                Self::$kind(body)
            }
        })+
    };
}

kinds! {
    "note" Note: talk::Note, "Something worth keeping";
    "chat" Chat: talk::Chat, "A line of talk";
    "photo" Photo: talk::Photo, "Pictures";
    "idea" Idea: talk::Idea, "What could be better";
    "question" Question: talk::Question, "Something one side wants to know";
    "order" Order: trade::Order, "An order";
    "status" Status: trade::Status, "How far an order is";
    "shipment" Shipment: trade::Shipment, "Something is on its way";
    "payment-ref" PaymentRef: trade::PaymentRef, "Where money went, as a reference";
    "discount" Discount: trade::Discount, "A reduction for this customer";
    "redeem" Redeem: trade::Redeem, "A discount is used";
    "receipt" Receipt: receipt::Receipt, "What was bought, for how much, with which tax";
    "usage" Usage: care::Usage, "How much something was used";
    "wear" Wear: care::Wear, "How something wears";
    "return" Return: care::Return, "A step of a return";
    "repair" Repair: care::Repair, "A step of a repair";
    "warranty" Warranty: care::Warranty, "A promise that it lasts";
    "notice" Notice: notice::Notice, "News about what the customer has";
    "case.open" CaseOpen: case::CaseOpen, "Something is wrong";
    "case.update" CaseUpdate: case::CaseUpdate, "A step of a case";
    "case.close" CaseClose: case::CaseClose, "The end of a case";
    "disclosure" Disclosure: data::Disclosure, "Data shared for a purpose until a date";
    "erase.request" EraseRequest: data::EraseRequest, "The other side is asked to destroy content";
    "erase.ack" EraseAck: data::EraseAck, "What was erased and what was not";
    "retract" Retract: data::Retract, "The writer takes an entry back";
    "scan" Scan: tag::Scan, "A tag was scanned";
    "found" Found: tag::Found, "Somebody found a thing";
    "policy" Policy: policy::Policy, "What a side takes, when, and for how long";
    "moved" Moved: bond::Moved, "A side has moved";
    "closed" Closed: bond::Closed, "A side writes no more";
}

impl Body {
    /// The subtype's word.
    #[must_use]
    pub fn word(&self) -> &str {
        match self {
            Self::Unknown { subtype, .. } => subtype.as_str(),
            known => known.kind().map_or("", Kind::word),
        }
    }

    /// The rules of its kind that need no clock and no state, and its size when it is of no known kind.
    ///
    /// # Errors
    /// The broken rule.
    pub fn check(&self) -> Result<(), BodyError> {
        match (self, self.kind()) {
            (Self::Unknown { bytes, .. }, _) if bytes.len() > MAX_BODY => {
                Err(BodyError::TooLarge(bytes.len()))
            }
            (_, Some(kind)) => {
                self.rules().map_err(|broken| BodyError::Rule { subtype: kind.word(), broken })
            }
            _ => Ok(()),
        }
    }
}
