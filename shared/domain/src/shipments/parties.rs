//! Who sends a parcel and who receives it, as a label prints them. Whoever rates a parcel and whoever buys its label must
//! tell the carrier the same.

use std::fmt;

use crate::address::{Address, AddressFault, LabelAddress, check, is_masked, label_address};
use crate::exception::ExceptionKind;
use crate::record::OrderRecord;
use crate::settings::Settings;
use crate::shipment::Shipment;
use crate::shop::Shop;

/// Both ends of a parcel's way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parties {
    pub from: Address,
    pub to: Address,
}

/// Why no label can be made for a sender or recipient. Its text is a sentence for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PartyFault {
    WarehouseUnknown,
    /// These fields of the warehouse's address can't be printed.
    WarehouseUnprintable(Vec<&'static str>),
    /// TikTok shows no address of the buyer.
    NoAddress,
    /// TikTok hides the address, as it does outside the states in which an order may be shipped. It passes.
    Masked,
    /// These fields of the buyer's address can't be printed.
    Unprintable(Vec<&'static str>),
    /// The buyer's address lacks these fields.
    Incomplete(Vec<&'static str>),
    /// The buyer's address contradicts itself.
    Contradiction(AddressFault),
}

impl PartyFault {
    /// The exception on which a person has to act; `None` for what passes by itself.
    pub fn kind(&self) -> Option<ExceptionKind> {
        match self {
            Self::WarehouseUnknown | Self::WarehouseUnprintable(_) => Some(ExceptionKind::WarehouseUnknown),
            Self::NoAddress | Self::Incomplete(_) => Some(ExceptionKind::AddressIncomplete),
            Self::Masked => None,
            Self::Unprintable(_) => Some(ExceptionKind::AddressUnprintable),
            Self::Contradiction(_) => Some(ExceptionKind::AddressMismatch),
        }
    }
}

impl fmt::Display for PartyFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WarehouseUnknown => {
                f.write_str("The order's warehouse is not among the shop's warehouses at TikTok.")
            }
            Self::WarehouseUnprintable(fields) => {
                write!(f, "A label can't print all of the warehouse's address: {}.", fields.join(", "))
            }
            Self::NoAddress => f.write_str("TikTok shows no address."),
            Self::Masked => f.write_str("TikTok shows the address masked"),
            Self::Unprintable(fields) => {
                write!(f, "A label can't print all of the address: {}.", fields.join(", "))
            }
            Self::Incomplete(fields) => write!(f, "The address lacks {}.", fields.join(", ")),
            Self::Contradiction(fault) => {
                let text = fault.to_string();
                let mut letters = text.chars();
                let first = letters.next().map(|letter| letter.to_ascii_uppercase());
                write!(f, "{}{}.", first.into_iter().collect::<String>(), letters.as_str())
            }
        }
    }
}

/// Both of them.
///
/// # Errors
/// With what is wrong with the sender, else with the recipient.
pub fn parties(
    record: &OrderRecord,
    shipment: &Shipment,
    shop: &Shop,
    settings: &Settings,
) -> Result<Parties, PartyFault> {
    let from = sender(shop, shipment, settings)?;
    let to = recipient(record, settings, &from)?;
    Ok(Parties { from, to })
}

fn label_phone(settings: &Settings) -> &str {
    settings.label_phone.as_ref().map(|phone| phone.expose().as_str()).unwrap_or_default()
}

/// The address of the shipment's warehouse. Where a label can't print who is there, the shop's name stands for them; the
/// setting `label_phone` for a phone that can't be dialled.
///
/// # Errors
/// When the shop has no such warehouse, or a label can't print its address.
pub fn sender(shop: &Shop, shipment: &Shipment, settings: &Settings) -> Result<Address, PartyFault> {
    let label_phone = label_phone(settings);
    let warehouse = shop.warehouse(shipment.warehouse.as_ref()).ok_or(PartyFault::WarehouseUnknown)?;
    let LabelAddress { address, mut unprintable } = label_address(&warehouse.address, &[label_phone]);
    let named = Address { name: shop.name.clone(), ..warehouse.address.clone() };
    let address = if address.name.is_empty() || unprintable.contains(&"name") {
        unprintable.retain(|field| *field != "name");
        label_address(&named, &[label_phone]).address
    } else {
        address
    };
    if unprintable.is_empty() { Ok(address) } else { Err(PartyFault::WarehouseUnprintable(unprintable)) }
}

/// The address that the order is sent to. A buyer without a phone is given the seller's, of the settings or of the sender: who
/// can't reach the buyer calls the seller.
///
/// # Errors
/// When no label can be made for it. A person who corrected or confirmed the address knows better than a table.
pub fn recipient(record: &OrderRecord, settings: &Settings, from: &Address) -> Result<Address, PartyFault> {
    let phones = [label_phone(settings), &from.phone];
    let trust = if record.has_confirmed_address() { AddressTrust::Confirmed } else { AddressTrust::AsShown };
    let to = checked(record.order.recipient.as_ref(), trust, &phones)?;
    // A person may have written the state in its other form.
    Ok(to.canonical())
}

/// Who vouches for a buyer's address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum AddressTrust {
    /// Nobody: it is what TikTok shows.
    AsShown,
    /// A person who corrected or confirmed it, and may overrule the tables.
    Confirmed,
}

fn checked(recipient: Option<&Address>, trust: AddressTrust, phones: &[&str]) -> Result<Address, PartyFault> {
    let to = recipient.ok_or(PartyFault::NoAddress)?;
    if is_masked(to) {
        return Err(PartyFault::Masked);
    }
    let LabelAddress { address: to, unprintable } = label_address(to, phones);
    if !unprintable.is_empty() && trust == AddressTrust::AsShown {
        return Err(PartyFault::Unprintable(unprintable));
    }
    let mut missing = Vec::new();
    let mut contradiction = None;
    for fault in check(&to) {
        match fault {
            AddressFault::Incomplete { field } => missing.push(field),
            fault => contradiction = Some(fault),
        }
    }
    if !missing.is_empty() {
        return Err(PartyFault::Incomplete(missing));
    }
    match contradiction {
        Some(fault) if trust == AddressTrust::AsShown => Err(PartyFault::Contradiction(fault)),
        _ => Ok(to),
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::AddressTrust::{AsShown, Confirmed};
    use super::{AddressTrust, PartyFault, checked, sender};
    use crate::address::Address;
    use crate::exception::ExceptionKind;
    use crate::ids::{ShipmentId, ShopId, WarehouseId};
    use crate::market::Market;
    use crate::polling::PollState;
    use crate::private::Private;
    use crate::settings::Settings;
    use crate::shipment::Shipment;
    use crate::shop::{Authorization, SellerType, Shop, ShopMonitor, Warehouse};

    fn reno(postal_code: &str) -> Address {
        Address {
            name: "Ann Example".into(),
            street1: "12 Elm Street".into(),
            city: "Reno".into(),
            state: "NV".into(),
            postal_code: postal_code.into(),
            country: "US".into(),
            ..Address::default()
        }
    }

    fn sent_from(change: impl Fn(&mut Address)) -> Result<Address, PartyFault> {
        let now = Timestamp::UNIX_EPOCH;
        let mut address = Address { name: "Dock 2".into(), ..reno("89501") };
        change(&mut address);
        let shop = Shop {
            id: ShopId::new("7"),
            name: "Example Supply".into(),
            market: Market::united_states(),
            seller: SellerType::Local,
            cipher: Private::from("cipher"),
            account: "account".into(),
            authorization: Authorization::Granted,
            warehouses: vec![Warehouse { id: WarehouseId::new("7"), address, is_default: true }],
            warehouses_read_at: now,
            connected_at: now,
            poll: PollState::new(now),
            monitor: ShopMonitor::default(),
        };
        let settings = Settings { label_phone: Some("+14155550100".into()), ..Settings::default() };
        sender(&shop, &Shipment::new(ShipmentId::new("1"), Vec::new(), None, now), &settings)
    }

    #[test]
    fn a_warehouse_is_fitted_like_a_buyer() {
        let from = sent_from(|from| from.phone = "775****2234".into()).unwrap();
        assert_eq!((from.name.as_str(), from.phone.as_str()), ("Dock 2", "4155550100"));
        let from = sent_from(|from| from.phone = "+1 (775) 555-0134".into()).unwrap();
        assert_eq!(from.phone, "7755550134");
    }

    #[test]
    fn the_shop_stands_for_a_person_that_no_label_prints() {
        for name in ["张三", "", "📦"] {
            assert_eq!(sent_from(|from| from.name = name.into()).unwrap().name, "Example Supply", "{name}");
        }
        let fault =
            sent_from(|from| (from.name, from.street1) = ("张三".into(), "深圳路 1".into())).unwrap_err();
        assert_eq!(fault.to_string(), "A label can't print all of the warehouse's address: street.");
        assert_eq!(fault.kind(), Some(ExceptionKind::WarehouseUnknown));
    }

    fn stopped(to: Option<&Address>, trust: AddressTrust) -> Option<(Option<ExceptionKind>, String)> {
        let fault = checked(to, trust, &[]).err()?;
        Some((fault.kind(), fault.to_string()))
    }

    fn blocked(why: ExceptionKind, detail: &str) -> Option<(Option<ExceptionKind>, String)> {
        Some((Some(why), detail.to_owned()))
    }

    #[test]
    fn what_is_wrong_is_said_in_a_sentence() {
        use ExceptionKind::{AddressIncomplete, AddressMismatch};
        assert_eq!(stopped(Some(&reno("89501")), AsShown), None);
        assert_eq!(stopped(None, AsShown), blocked(AddressIncomplete, "TikTok shows no address."));
        let bare = Address { name: String::new(), city: " ".into(), ..reno("89501") };
        let lacks = blocked(AddressIncomplete, "The address lacks name, city.");
        assert_eq!(stopped(Some(&bare), AsShown), lacks);
        assert_eq!(stopped(Some(&bare), Confirmed), lacks, "no correction makes a label of nothing");
        let mismatch = "The postal code is in CA, but the state is NV.";
        assert_eq!(stopped(Some(&reno("90210")), AsShown), blocked(AddressMismatch, mismatch));
        let malformed = "The postal code should be five digits, or nine.";
        assert_eq!(stopped(Some(&reno("9021")), AsShown), blocked(AddressMismatch, malformed));
    }

    #[test]
    fn a_person_may_overrule_the_table() {
        for code in ["90210", "9021", "00000"] {
            assert_eq!(stopped(Some(&reno(code)), Confirmed), None, "{code}");
        }
    }

    #[test]
    fn what_no_label_prints_is_seen_by_a_person_before_it_is_bought() {
        use ExceptionKind::AddressUnprintable;
        let hangul = Address { name: "서울특".into(), ..reno("89501") };
        let detail = "A label can't print all of the address: name.";
        assert_eq!(stopped(Some(&hangul), AsShown), blocked(AddressUnprintable, detail));
        let half = Address { name: "서울특 Kim".into(), ..reno("89501") };
        assert_eq!(checked(Some(&half), AsShown, &[]).ok().map(|to| to.name), Some("Kim".to_owned()));
        let street = Address { street1: "12 Улица Elm".into(), ..reno("89501") };
        let detail = "A label can't print all of the address: street.";
        assert_eq!(stopped(Some(&street), AsShown), blocked(AddressUnprintable, detail));
        // Confirmed: what prints of it is printed.
        assert_eq!(
            checked(Some(&street), Confirmed, &[]).ok().map(|to| to.street1),
            Some("12 Elm".to_owned())
        );
        let lacks = blocked(ExceptionKind::AddressIncomplete, "The address lacks name.");
        assert_eq!(stopped(Some(&hangul), Confirmed), lacks, "no confirmation makes a label of nothing");
    }

    #[test]
    fn a_masked_address_passes_by_itself() {
        let masked = Address { name: "A** E******".into(), postal_code: "902**".into(), ..reno("") };
        for trust in [AsShown, Confirmed] {
            let waits = Some((None, "TikTok shows the address masked".to_owned()));
            assert_eq!(stopped(Some(&masked), trust), waits);
        }
    }
}
