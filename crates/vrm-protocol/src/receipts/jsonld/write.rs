//! Writes receipts as invoices of schema.org.
//!
//! Knows: the words of schema.org, and ours for what it lacks. Every amount is a text of digits. Must not know how
//! it is read back.

use serde::Serialize;
use vrm_core::body::{Basis, BodyError, Line, Receipt, Tax};
use vrm_core::value::{Money, Product};

use super::VOCABULARY;

/// Where the words come from.
#[derive(Serialize)]
struct Context(&'static str, Ours);

#[derive(Serialize)]
struct Ours {
    vrm: &'static str,
}

/// Leaves out what is not known.
type Maybe = Option<String>;

#[derive(Serialize)]
struct Invoice {
    #[serde(rename = "@context")]
    context: Context,
    #[serde(rename = "@type")]
    kind: &'static str,
    identifier: String,
    #[serde(rename = "confirmationNumber", skip_serializing_if = "Option::is_none")]
    number: Maybe,
    provider: Organization,
    #[serde(rename = "totalPaymentDue")]
    total: Price,
    #[serde(rename = "paymentMethod", skip_serializing_if = "Option::is_none")]
    method: Maybe,
    #[serde(rename = "paymentMethodId", skip_serializing_if = "Option::is_none")]
    reference: Maybe,
    #[serde(rename = "referencesOrder")]
    order: Order,
    #[serde(rename = "vrm:basis")]
    basis: Basis,
    #[serde(rename = "vrm:currency", skip_serializing_if = "Option::is_none")]
    currency: Maybe,
    #[serde(rename = "vrm:taxes", skip_serializing_if = "Vec::is_empty")]
    taxes: Vec<OfRate>,
    #[serde(rename = "vrm:net", skip_serializing_if = "Option::is_none")]
    net: Maybe,
    #[serde(rename = "vrm:tax", skip_serializing_if = "Option::is_none")]
    tax: Maybe,
    #[serde(rename = "vrm:rounded", skip_serializing_if = "Option::is_none")]
    rounded: Maybe,
    #[serde(rename = "vrm:order", skip_serializing_if = "Option::is_none")]
    order_hash: Maybe,
    #[serde(rename = "vrm:returnUntil", skip_serializing_if = "Option::is_none")]
    return_until: Maybe,
    #[serde(rename = "vrm:warrantyUntil", skip_serializing_if = "Option::is_none")]
    warranty_until: Maybe,
    #[serde(rename = "vrm:responsible", skip_serializing_if = "Option::is_none")]
    responsible: Maybe,
    #[serde(rename = "vrm:selfMade", skip_serializing_if = "std::ops::Not::not")]
    own: bool,
}

#[derive(Serialize)]
struct Organization {
    #[serde(rename = "@type")]
    kind: &'static str,
    name: String,
    #[serde(rename = "taxID", skip_serializing_if = "Option::is_none")]
    tax_id: Maybe,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Maybe,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Maybe,
}

#[derive(Serialize)]
struct Price {
    #[serde(rename = "@type")]
    kind: &'static str,
    price: String,
    #[serde(rename = "priceCurrency")]
    currency: String,
}

#[derive(Serialize)]
struct Order {
    #[serde(rename = "@type")]
    kind: &'static str,
    #[serde(rename = "orderNumber", skip_serializing_if = "Option::is_none")]
    number: Maybe,
    #[serde(rename = "orderDate")]
    date: String,
    #[serde(rename = "acceptedOffer")]
    offers: Vec<Offer>,
}

#[derive(Serialize)]
struct Offer {
    #[serde(rename = "@type")]
    kind: &'static str,
    name: String,
    #[serde(rename = "itemOffered", skip_serializing_if = "Option::is_none")]
    item: Option<Item>,
    #[serde(rename = "eligibleQuantity")]
    quantity: Amount,
    #[serde(rename = "priceSpecification")]
    price: UnitPrice,
    #[serde(rename = "vrm:amount")]
    amount: String,
    #[serde(rename = "vrm:taxRate", skip_serializing_if = "Option::is_none")]
    rate: Option<u16>,
    #[serde(rename = "vrm:returnUntil", skip_serializing_if = "Option::is_none")]
    return_until: Maybe,
    #[serde(rename = "vrm:warrantyUntil", skip_serializing_if = "Option::is_none")]
    warranty_until: Maybe,
}

#[derive(Serialize)]
struct Item {
    #[serde(rename = "@type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Maybe,
    #[serde(skip_serializing_if = "Option::is_none")]
    brand: Option<Brand>,
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Maybe,
    #[serde(skip_serializing_if = "Option::is_none")]
    gtin: Maybe,
    #[serde(skip_serializing_if = "Option::is_none")]
    mpn: Maybe,
    #[serde(rename = "serialNumber", skip_serializing_if = "Option::is_none")]
    serial: Maybe,
    #[serde(rename = "vrm:lot", skip_serializing_if = "Option::is_none")]
    lot: Maybe,
}

#[derive(Serialize)]
struct Brand {
    #[serde(rename = "@type")]
    kind: &'static str,
    name: String,
}

#[derive(Serialize)]
struct Amount {
    #[serde(rename = "@type")]
    kind: &'static str,
    value: String,
    #[serde(rename = "unitCode")]
    unit: String,
}

#[derive(Serialize)]
struct UnitPrice {
    #[serde(rename = "@type")]
    kind: &'static str,
    price: String,
    #[serde(rename = "priceCurrency")]
    currency: String,
    #[serde(rename = "valueAddedTaxIncluded")]
    with_tax: bool,
    #[serde(rename = "referenceQuantity", skip_serializing_if = "Option::is_none")]
    per: Option<Amount>,
}

#[derive(Serialize)]
struct OfRate {
    #[serde(rename = "vrm:taxRate")]
    rate: u16,
    #[serde(rename = "vrm:net")]
    net: String,
    #[serde(rename = "vrm:tax")]
    tax: String,
}

/// One receipt as a node, several as a list.
pub(in crate::receipts) fn write(receipts: &[Receipt]) -> Result<String, BodyError> {
    let invoices = receipts.iter().map(invoice).collect::<Result<Vec<_>, _>>()?;
    let text = match invoices.as_slice() {
        [one] => serde_json::to_string_pretty(one),
        many => serde_json::to_string_pretty(many),
    };
    // Texts, numbers and lists of them: nothing here that JSON could not hold.
    let text = text.unwrap_or_default();
    // The same text to JSON; in a page, it can't end the script that holds it.
    Ok(text.replace("</", "<\\/") + "\n")
}

fn shown(value: Option<&impl ToString>) -> Maybe {
    value.map(ToString::to_string)
}

fn invoice(receipt: &Receipt) -> Result<Invoice, BodyError> {
    let (totals, paid) = (&receipt.totals, receipt.paid.as_ref());
    let foreign = totals.gross.currency() != receipt.currency;
    Ok(Invoice {
        context: Context("https://schema.org", Ours { vrm: VOCABULARY }),
        kind: "Invoice",
        identifier: format!("{VOCABULARY}{}", receipt.key()?),
        number: shown(receipt.number.as_ref()),
        provider: organization(receipt),
        total: total(totals.gross),
        method: shown(paid.map(|paid| &paid.method)),
        reference: shown(paid.and_then(|paid| paid.reference.as_ref())),
        order: order(receipt),
        basis: receipt.basis,
        currency: foreign.then(|| receipt.currency.to_string()),
        taxes: receipt.taxes.iter().map(of_rate).collect(),
        net: shown(totals.net.as_ref()),
        tax: shown(totals.tax.as_ref()),
        rounded: shown(totals.rounded.as_ref()),
        order_hash: shown(receipt.order.as_ref()),
        return_until: shown(receipt.return_until.as_ref()),
        warranty_until: shown(receipt.warranty_until.as_ref()),
        responsible: shown(receipt.responsible.as_ref()),
        own: receipt.is_own(),
    })
}

fn organization(receipt: &Receipt) -> Organization {
    let seller = &receipt.seller;
    Organization {
        kind: "Organization",
        name: seller.name.to_string(),
        tax_id: shown(seller.tax_id.as_ref()),
        address: shown(seller.address.as_ref()),
        url: shown(seller.url.as_ref()),
    }
}

fn total(gross: Money) -> Price {
    Price { kind: "PriceSpecification", price: gross.amount(), currency: gross.currency().to_string() }
}

fn of_rate(tax: &Tax) -> OfRate {
    OfRate { rate: tax.rate, net: tax.net.to_string(), tax: tax.tax.to_string() }
}

fn order(receipt: &Receipt) -> Order {
    Order {
        kind: "Order",
        number: shown(receipt.order_number.as_ref()),
        date: receipt.sold.to_string(),
        offers: receipt.lines.iter().map(|line| offer(line, receipt.basis)).collect(),
    }
}

fn offer(line: &Line, basis: Basis) -> Offer {
    Offer {
        kind: "Offer",
        name: line.title.to_string(),
        item: line.product.as_ref().map(item),
        quantity: quantity(line),
        price: UnitPrice {
            kind: "UnitPriceSpecification",
            price: line.price.amount(),
            currency: line.price.currency().to_string(),
            with_tax: basis == Basis::Gross,
            per: (line.per != 1).then(|| Amount { value: line.per.to_string(), ..quantity(line) }),
        },
        amount: line.amount.to_string(),
        rate: line.rate,
        return_until: shown(line.return_until.as_ref()),
        warranty_until: shown(line.warranty_until.as_ref()),
    }
}

fn quantity(line: &Line) -> Amount {
    let text = line.quantity.to_string();
    let value = text.split(' ').next().unwrap_or_default().to_owned();
    Amount { kind: "QuantitativeValue", value, unit: line.quantity.unit().to_string() }
}

fn item(product: &Product) -> Item {
    Item {
        kind: "Product",
        name: shown(product.name.as_ref()),
        brand: shown(product.brand.as_ref()).map(|name| Brand { kind: "Brand", name }),
        model: shown(product.model.as_ref()),
        gtin: shown(product.gtin.as_ref()),
        mpn: shown(product.mpn.as_ref()),
        serial: shown(product.serial.as_ref()),
        lot: shown(product.lot.as_ref()),
    }
}
