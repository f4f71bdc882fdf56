//! A vendor's receipt, drafted from the order of a deal: its lines, prices, delivery, warranty and returns.
//!
//! An order names its price in parts, and a receipt in lines with a tax rate; one part becomes one line. Knows: both
//! forms. Must not know which rate is right: the vendor says it.

use vrm_core::Hash;
use vrm_core::body::{Basis, Line, Receipt, Seller, Totals};
use vrm_core::object::offer::{self, PriceKind, PricePart, Proposal};
use vrm_core::value::{Money, Product, Quantity, Seconds, Text, Timestamp, Unit};

/// Days of one month of warranty, rounded up so that a promise is never cut short.
const MONTH: u64 = 31;

/// What a vendor adds to the order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sale {
    /// Who sells.
    pub seller: Seller,
    /// When.
    pub sold: Timestamp,
    /// The rate of all lines, in basis points.
    pub rate: u16,
    /// The vendor's number of the receipt.
    pub number: Option<Text<64>>,
    /// Who answers for the goods by law.
    pub responsible: Option<Text<200>>,
}

/// The receipt of an order. Taxes and sums are worked out; `None` when they are beyond what can be counted.
#[must_use]
pub fn from_order(order: Hash, proposal: &Proposal, sale: &Sale) -> Option<Receipt> {
    let currency = proposal.price.total.currency();
    let net = proposal.price.parts.iter().any(|part| part.kind == PriceKind::Tax);
    let parts: Vec<&PricePart> =
        proposal.price.parts.iter().filter(|part| part.kind != PriceKind::Tax).collect();
    let bases = parts.iter().filter(|part| part.kind == PriceKind::Base).count();
    let mut goods = goods(&proposal.lines, bases).into_iter();
    let lines = parts.iter().map(|part| line(part, &mut goods, sale.rate)).collect::<Option<Vec<_>>>()?;
    let receipt = Receipt {
        seller: sale.seller.clone(),
        sold: sale.sold,
        currency,
        basis: if net { Basis::Net } else { Basis::Gross },
        lines,
        taxes: Vec::new(),
        totals: Totals { net: None, tax: None, rounded: None, gross: Money::zero(currency) },
        number: sale.number.clone(),
        order_number: None,
        order: Some(order),
        paid: None,
        return_until: after(sale.sold, u64::from(proposal.returns)),
        warranty_until: after(sale.sold, u64::from(proposal.warranty) * MONTH),
        responsible: sale.responsible.clone(),
        own: None,
    };
    receipt.summed()
}

fn after(sold: Timestamp, days: u64) -> Option<Timestamp> {
    let length = Seconds::new(days * 86_400).ok().filter(|_| days > 0)?;
    Some(sold.saturating_add(length))
}

/// What one price is for.
struct Goods {
    title: Text<200>,
    product: Option<Product>,
    quantity: Quantity,
}

/// One for each base price where the order has as many lines as prices; else all of them together at the first.
fn goods(lines: &[offer::Line], bases: usize) -> Vec<Goods> {
    let one = |line: &offer::Line| Goods {
        title: line.title.clone(),
        product: line.product.clone(),
        quantity: line.quantity,
    };
    if lines.len() == bases {
        return lines.iter().map(one).collect();
    }
    let names: Vec<&str> = lines.iter().map(|line| line.title.as_str()).collect();
    let title: String = names.join(", ").chars().take(200).collect();
    let title = Text::new(&title).ok().or_else(|| lines.first().map(|line| line.title.clone()));
    title.map(|title| Goods { title, product: None, quantity: Quantity::pieces(1) }).into_iter().collect()
}

fn line(part: &PricePart, goods: &mut impl Iterator<Item = Goods>, rate: u16) -> Option<Line> {
    let named = |title: &str| {
        // A service, not a thing.
        let unit: Unit = "E48".parse().ok()?;
        Some(Goods {
            title: Text::new(title).ok()?,
            product: None,
            quantity: Quantity::new(1, 0, unit).ok()?,
        })
    };
    let of = match part.kind {
        PriceKind::Base => goods.next().or_else(|| named("Goods and services"))?,
        PriceKind::Tax => named("Tax")?,
        PriceKind::Delivery => named("Delivery")?,
        PriceKind::Fee => named("Fee")?,
        PriceKind::Discount => named("Discount")?,
    };
    // The order has the price of the whole quantity, so the line's price is for all of it.
    let whole = u32::try_from(of.quantity.mantissa()).ok().filter(|n| *n > 0 && of.quantity.decimals() == 0);
    let (quantity, per) = whole.map_or((Quantity::pieces(1), 1), |per| (of.quantity, per));
    Some(Line {
        title: of.title,
        product: of.product,
        quantity,
        price: part.amount,
        per,
        amount: part.amount,
        rate: Some(rate),
        return_until: None,
        warranty_until: None,
    })
}
