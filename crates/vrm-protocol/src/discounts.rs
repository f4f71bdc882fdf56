//! A discount is used once, before it ends, and only when its vendor stands by it.
//!
//! A pure reading of a journal, asked before a redemption is written; the other side reads the same journal and sees the
//! same. Knows: discounts and redemptions. Must not know prices.

use vrm_core::Cid;
use vrm_core::Hash;
use vrm_core::body::{Body, Discount};
use vrm_core::value::Timestamp;

use crate::cases::body;
use crate::conduits::{self, Outlined, Shown};
use crate::event::Side;
use crate::store::{StoreError, View};

/// Why a discount can't be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// No such entry, or what it says is not held any more.
    #[error("no discount of this journal is held under that id")]
    NoSuch,
    /// The vendor did not write it.
    #[error("the vendor did not grant it")]
    NotGranted,
    /// Its vendor took it back.
    #[error("the vendor took it back")]
    TakenBack,
    /// Its time is over.
    #[error("it ended {0}")]
    Ended(Timestamp),
    /// It was used before.
    #[error("it was used in entry {}, and a discount is used once", .0.short())]
    Used(Cid),
}

/// Whether a discount may be used at `now`.
///
/// # Errors
/// [`StoreError`]; the inner one says why it may not.
pub fn usable(
    view: &dyn View,
    conduit: &Hash,
    outline: &[Outlined],
    discount: &Cid,
    now: Timestamp,
) -> Result<Result<Discount, Unusable>, StoreError> {
    let wanted = |o: &&Outlined| matches!(o.subtype.as_str(), "discount" | "redeem" | "retract");
    let entries = conduits::open_entries(view, conduit, outline.iter().filter(wanted))?;
    Ok(judge(&entries, discount, now))
}

fn judge(entries: &[Shown], id: &Cid, now: Timestamp) -> Result<Discount, Unusable> {
    let granted = entries.iter().find(|entry| entry.id == *id).ok_or(Unusable::NoSuch)?;
    let Some(Body::Discount(discount)) = body(granted) else { return Err(Unusable::NoSuch) };
    if granted.by != Side::Vendor {
        return Err(Unusable::NotGranted);
    }
    if discount.until < now {
        return Err(Unusable::Ended(discount.until));
    }
    for entry in entries {
        match body(entry) {
            Some(Body::Redeem(redeem)) if redeem.discount == *id => return Err(Unusable::Used(entry.id)),
            Some(Body::Retract(retract)) if retract.entry == *id && entry.by == granted.by => {
                return Err(Unusable::TakenBack);
            }
            _ => {}
        }
    }
    Ok(discount)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use vrm_core::PublicKey;
    use vrm_core::body::{Off, Redeem, Retract, Signs};
    use vrm_core::value::Text;

    use super::*;
    use crate::conduits::Content;

    fn moment(day: u64) -> Timestamp {
        Timestamp::new(1_800_000_000 + day * 86_400).unwrap()
    }

    fn entry(name: &str, by: Side, body: Body) -> Shown {
        Shown {
            id: Cid::of(name.as_bytes()),
            by,
            writer: PublicKey::from_bytes([1; 32]),
            seq: 1,
            at: moment(0),
            received: moment(0),
            subtype: body.word().to_owned(),
            after: Vec::new(),
            beyond: false,
            content: Content::Plain(body.encode().unwrap()),
        }
    }

    fn discount() -> Body {
        let signs = Signs {
            basis: Text::new("you wrote about your sole").unwrap(),
            personalised: true,
            data_used: Vec::new(),
        };
        let title = Text::new("sorry").unwrap();
        Discount { off: Off::Share(2_000), title, until: moment(90), product: None, code: None, signs }.into()
    }

    #[test]
    fn it_is_used_once_in_time_and_only_while_its_vendor_stands_by_it() {
        let id = Cid::of(b"discount");
        let granted = || entry("discount", Side::Vendor, discount());
        let redeem =
            || entry("redeem", Side::Customer, Redeem { discount: id, re: None, saved: None }.into());
        let back = |by| entry("retract", by, Retract { entry: id, why: None }.into());
        let said = |entries: Vec<Shown>, day| judge(&entries, &id, moment(day)).err();
        assert_eq!(said(vec![granted()], 1), None);
        assert_eq!(said(vec![granted()], 91), Some(Unusable::Ended(moment(90))));
        assert_eq!(said(vec![granted(), redeem()], 1), Some(Unusable::Used(redeem().id)));
        assert_eq!(said(vec![granted(), back(Side::Vendor)], 1), Some(Unusable::TakenBack));
        assert_eq!(said(vec![granted(), back(Side::Customer)], 1), None, "not hers to take back");
        assert_eq!(said(vec![entry("discount", Side::Customer, discount())], 1), Some(Unusable::NotGranted));
        assert_eq!(said(vec![], 1), Some(Unusable::NoSuch));
    }
}
