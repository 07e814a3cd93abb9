//! Packages: TikTok's own labels, and what TikTok knows of parcels.

use domain::market::Market;
use domain::order::OrderPart;
use domain::parcel::{Dimensions, Parcel};
use domain::{LineItemId, Money, OrderId, PackageId, ProviderId, Timestamp, TrackingNumber};

use crate::access::ShopAccess;
use crate::call::{ApiCall, CallName};
use crate::client::TikTok;
use crate::convert::present;
use crate::error::{Argument, Error, Fault};
use crate::{paths, wire};

/// The largest page of Search Package.
const PAGE_SIZE: &str = "50";
/// A label has some tens of KB.
const DOCUMENT_BYTES_MAX: usize = 8 << 20;

/// A service by which TikTok may ship a parcel with its own label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShippingService {
    /// It may change from day to day, and TikTok may book another one.
    pub id: String,
    /// For example "UPS-first class".
    pub name: String,
    /// The carrier, as TikTok names it.
    pub provider: String,
    /// TikTok's estimate in the market's currency; `None` where it can't be read.
    pub price: Option<Money>,
    /// The longest that it takes, in days.
    pub days: Option<u16>,
    /// The one that is booked when none is named.
    pub is_default: bool,
}

/// A package that TikTok's label was bought for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreatedPackage {
    pub id: PackageId,
    /// The service that was booked, which need not be the one that was asked for.
    pub service: ShippingService,
}

/// Where TikTok's label is. Whoever has the link sees the recipient, so it is neither kept nor logged.
#[derive(Clone, PartialEq, Eq)]
pub struct ShippingDocument {
    pub url: String,
    pub tracking: Option<TrackingNumber>,
}

/// Which document of a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentKind {
    /// The label of about 4 x 6 inches (A6).
    Label,
    /// The sheet that goes with dangerous goods.
    Hazmat,
}

/// What a package was found by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackageSummary {
    pub id: PackageId,
    pub orders: Vec<OrderId>,
    /// Empty where TikTok does not name them.
    pub items: Vec<LineItemId>,
    pub is_cancelled: bool,
}

/// A page of packages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackageSearchPage {
    pub packages: Vec<PackageSummary>,
    /// Names the next page; `None` after the last one.
    pub next_page_token: Option<String>,
}

/// How far a package is, in TikTok's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackageState {
    /// `TO_FULFILL`, `PROCESSING` (bought), `FULFILLING` (collected), `COMPLETED`, `CANCELLED`.
    pub status: String,
    /// Finer; empty in older answers.
    pub sub_status: String,
    /// Why it went wrong; empty where it did not.
    pub exception: String,
    pub updated_at: Option<Timestamp>,
    /// The orders of which it holds units.
    pub orders: Vec<OrderId>,
}

/// When and how the carrier takes parcels over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandoverOptions {
    pub can_pickup: bool,
    pub can_drop_off: bool,
    /// The slots that are free, the earliest first.
    pub pickup_slots: Vec<PickupSlot>,
}

/// A time at which the carrier collects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PickupSlot {
    pub start: Timestamp,
    pub end: Timestamp,
}

/// How a package is handed over. The warehouse's own setting wins in Southeast Asia.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handover {
    Pickup(PickupSlot),
    DropOff,
}

impl TikTok {
    /// The services by which TikTok may ship this part of an order (Get Eligible Shipping Service). The list is empty when TikTok
    /// ships no such parcel.
    ///
    /// # Errors
    /// As every call: see [`Error`].
    pub async fn eligible_services(
        &self,
        shop: &ShopAccess,
        part: &OrderPart,
        parcel: &Parcel,
    ) -> Result<Vec<ShippingService>, Error> {
        let name = CallName::ELIGIBLE_SERVICES;
        check_part(name, part)?;
        let body = wire::package::EligibleServices {
            order_line_item_ids: if part.is_whole { Vec::new() } else { ids(&part.items) },
            weight: weight(parcel),
            dimension: parcel.dimensions.as_ref().map(dimension),
        };
        let call = ApiCall::post(name, paths::eligible_services(&part.order), &body);
        let answer: wire::package::Services = self.shop_call(shop, call).await?;
        Ok(answer.shipping_services.into_iter().map(|wire| service(wire, &shop.market)).collect())
    }

    /// Buys TikTok's label for this part of an order, or for all orders of a combined parcel, and so ships it (Create Packages). The
    /// tracking number and the label come later, see [`TikTok::shipping_document`]. Without `service` TikTok takes its default.
    ///
    /// # Errors
    /// As every call: see [`Error`]. It is sent once, and nothing identifies a repetition: whatever does not say for certain
    /// that nothing was bought has to be read back.
    pub async fn create_package(
        &self,
        shop: &ShopAccess,
        part: &OrderPart,
        parcel: &Parcel,
        service_id: Option<&str>,
    ) -> Result<CreatedPackage, Error> {
        let name = CallName::CREATE_PACKAGES;
        check_part(name, part)?;
        let is_combined = !part.combined_with.is_empty();
        let line = |id| wire::package::Line { order_line_id: id };
        let orders = std::iter::once(&part.order).chain(&part.combined_with).map(OrderId::as_str);
        let body = wire::package::CreatePackages {
            ship_type: match (is_combined, part.is_whole) {
                (true, _) => "3",
                (false, true) => "1",
                (false, false) => "2",
            },
            order_id: (!is_combined).then_some(part.order.as_str()),
            order_list_ids: if is_combined { orders.collect() } else { Vec::new() },
            order_line_item: match part.is_whole {
                true => Vec::new(),
                false => ids(&part.items).into_iter().map(line).collect(),
            },
            shipping_service_id: service_id,
            weight: weight(parcel),
            dimension: parcel.dimensions.as_ref().map(dimension),
        };
        let call = ApiCall::post(name, paths::CREATE_PACKAGES, &body);
        let answer: wire::package::CreatedPackage = self.shop_call(shop, call).await?;
        // A success without an id does not say what was bought.
        let id = present(answer.package_id, PackageId::new).filter(|id| paths::is_id(id.as_str()));
        let id = id.ok_or_else(|| Error::lost(name, Fault::BrokenAnswer))?;
        Ok(CreatedPackage { id, service: service(answer.shipping_service_info, &shop.market) })
    }

    /// Ships a package that exists since the payment (Ship Package): with TikTok's label, handed over as `handover` says or as
    /// the warehouse is set up.
    ///
    /// # Errors
    /// As every call: see [`Error`]. It is sent once.
    pub async fn ship_package(
        &self,
        shop: &ShopAccess,
        package: &PackageId,
        handover: Option<Handover>,
    ) -> Result<(), Error> {
        let (handover_method, pickup_slot) = match handover {
            None => (None, None),
            Some(Handover::DropOff) => (Some("DROP_OFF"), None),
            Some(Handover::Pickup(PickupSlot { start, end })) => {
                let slot =
                    wire::package::PickupSlot { start_time: start.as_second(), end_time: end.as_second() };
                (Some("PICKUP"), Some(slot))
            }
        };
        let body = wire::package::ShipPackage { handover_method, pickup_slot, self_shipment: None };
        self.ship(shop, package, &body).await
    }

    /// Tells TikTok the number of a parcel with the seller's own label, in the markets where Ship Package does so
    /// (`self_shipment`).
    ///
    /// # Errors
    /// As every call: see [`Error`]. It is sent once.
    pub async fn ship_package_myself(
        &self,
        shop: &ShopAccess,
        package: &PackageId,
        provider: &ProviderId,
        tracking: &TrackingNumber,
    ) -> Result<(), Error> {
        if !crate::fulfillment::is_tracking_number(tracking.as_str()) {
            let argument = Argument::TrackingNumber;
            return Err(Error::Unacceptable { call: CallName::SHIP_PACKAGE, argument });
        }
        let self_shipment = wire::package::SelfShipment {
            tracking_number: tracking.as_str(),
            shipping_provider_id: provider.as_str(),
        };
        let body = wire::package::ShipPackage {
            handover_method: None,
            pickup_slot: None,
            self_shipment: Some(self_shipment),
        };
        self.ship(shop, package, &body).await
    }

    async fn ship(
        &self,
        shop: &ShopAccess,
        package: &PackageId,
        body: &wire::package::ShipPackage<'_>,
    ) -> Result<(), Error> {
        let name = CallName::SHIP_PACKAGE;
        check_package(name, package)?;
        let call = ApiCall::post(name, paths::ship_package(package), body);
        let _: wire::Nothing = self.shop_call(shop, call).await?;
        Ok(())
    }

    /// How and when the carrier takes a package over (Get Package Handover Time Slots).
    ///
    /// # Errors
    /// As every call: see [`Error`].
    pub async fn handover_options(
        &self,
        shop: &ShopAccess,
        package: &PackageId,
    ) -> Result<HandoverOptions, Error> {
        let name = CallName::HANDOVER_SLOTS;
        check_package(name, package)?;
        let call = ApiCall::get(name, paths::handover_slots(package));
        let answer: wire::package::HandoverSlots = self.shop_call(shop, call).await?;
        let time = |seconds: Option<i64>| Timestamp::from_second(seconds?).ok();
        let free = answer.pickup_slots.into_iter().filter(|slot| slot.available);
        let mut pickup_slots: Vec<PickupSlot> = free
            .filter_map(|slot| Some(PickupSlot { start: time(slot.start_time)?, end: time(slot.end_time)? }))
            .collect();
        pickup_slots.sort_unstable();
        Ok(HandoverOptions { can_pickup: answer.can_pickup, can_drop_off: answer.can_drop_off, pickup_slots })
    }

    /// Where a document of a package is (Get Package Shipping Document). `None` while TikTok has not made it: a success
    /// without a link says so as well as some of its codes.
    ///
    /// # Errors
    /// As every call: see [`Error`].
    pub async fn shipping_document(
        &self,
        shop: &ShopAccess,
        package: &PackageId,
        kind: DocumentKind,
    ) -> Result<Option<ShippingDocument>, Error> {
        let name = CallName::SHIPPING_DOCUMENT;
        check_package(name, package)?;
        let call = ApiCall::get(name, paths::shipping_documents(package)).with(
            "document_type",
            match kind {
                DocumentKind::Label => "SHIPPING_LABEL",
                DocumentKind::Hazmat => "HAZMAT_LABEL",
            },
        );
        let call = match kind {
            DocumentKind::Label => call.with("document_size", "A6").with("document_format", "PDF"),
            // There is one size and format only.
            DocumentKind::Hazmat => call,
        };
        let answer: wire::package::ShippingDocument = self.shop_call(shop, call).await?;
        let tracking = present(answer.tracking_number, TrackingNumber::new);
        // It is shown to people, given to TikTok and part of a file's name.
        if tracking.as_ref().is_some_and(|number| !crate::fulfillment::is_tracking_number(number.as_str())) {
            return Err(Error::lost(name, Fault::BrokenAnswer));
        }
        Ok(present(answer.doc_url, |url| ShippingDocument { url, tracking }))
    }

    /// Fetches a document. It carries no token: the link is signed.
    ///
    /// # Errors
    /// As every call: see [`Error`]. A link that leads to this machine or into a private network is not followed, and neither is
    /// a redirect.
    pub async fn download(&self, document: &ShippingDocument) -> Result<Vec<u8>, Error> {
        self.fetch(CallName::DOCUMENT_FILE, &document.url, DOCUMENT_BYTES_MAX).await
    }

    /// How far a package is (Get Package Detail).
    ///
    /// # Errors
    /// As every call: see [`Error`].
    pub async fn package(&self, shop: &ShopAccess, package: &PackageId) -> Result<PackageState, Error> {
        let name = CallName::PACKAGE_DETAIL;
        check_package(name, package)?;
        let call = ApiCall::get(name, paths::package(package));
        let answer: wire::package::PackageDetail = self.shop_call(shop, call).await?;
        Ok(PackageState {
            status: answer.package_status,
            sub_status: answer.package_sub_status,
            exception: answer.ship_exception_reason,
            updated_at: answer.update_time,
            orders: answer.orders.into_iter().map(|order| OrderId::new(order.id.0)).collect(),
        })
    }

    /// One page of the packages that were made between two times (Search Package); it has no filter by order.
    ///
    /// # Errors
    /// As every call: see [`Error`].
    pub async fn search_packages(
        &self,
        shop: &ShopAccess,
        from: Timestamp,
        until: Timestamp,
        page_token: Option<String>,
    ) -> Result<PackageSearchPage, Error> {
        let body = wire::package::PackageSearch {
            create_time_ge: from.as_second(),
            create_time_lt: until.as_second(),
        };
        let call = ApiCall::post(CallName::PACKAGE_SEARCH, paths::PACKAGE_SEARCH, &body)
            .with("page_size", PAGE_SIZE)
            .with("page_token", page_token.unwrap_or_default());
        let answer: wire::package::PackagePage = self.shop_call(shop, call).await?;
        let found = answer.packages.into_iter().filter(|package| paths::is_id(&package.id.0));
        let packages = found.map(|package| PackageSummary {
            id: PackageId::new(package.id.0),
            orders: package.orders.into_iter().map(|order| OrderId::new(order.id.0)).collect(),
            items: package.order_line_item_ids.into_iter().map(|id| LineItemId::new(id.0)).collect(),
            is_cancelled: package.status == "CANCELLED",
        });
        let packages = packages.collect();
        Ok(PackageSearchPage { packages, next_page_token: present(answer.next_page_token, |token| token) })
    }
}

fn check_part(call: CallName, part: &OrderPart) -> Result<(), Error> {
    let unacceptable = |argument| Err(Error::Unacceptable { call, argument });
    if !paths::is_id(part.order.as_str()) {
        return unacceptable(Argument::OrderId);
    }
    let is_id = |order: &OrderId| paths::is_id(order.as_str());
    // A combined parcel takes every order as a whole.
    if !part.combined_with.iter().all(is_id) || !part.combined_with.is_empty() && !part.is_whole {
        return unacceptable(Argument::OrderId);
    }
    if part.items.is_empty() || !part.items.iter().all(|item| paths::is_id(item.as_str())) {
        return unacceptable(Argument::LineItems);
    }
    Ok(())
}

fn check_package(call: CallName, package: &PackageId) -> Result<(), Error> {
    let argument = Argument::PackageId;
    if paths::is_id(package.as_str()) { Ok(()) } else { Err(Error::Unacceptable { call, argument }) }
}

fn ids(items: &[LineItemId]) -> Vec<&str> {
    items.iter().map(LineItemId::as_str).collect()
}

/// Whole grams: what is charged follows from the carrier's scale anyway.
fn weight(parcel: &Parcel) -> wire::package::Weight {
    wire::package::Weight { value: parcel.weight.grams_up().to_string(), unit: "GRAM" }
}

fn dimension(sides: &Dimensions) -> wire::package::Dimension {
    let centimeters = |millimeters: u64| format!("{}.{}", millimeters / 10, millimeters % 10);
    wire::package::Dimension {
        length: centimeters(sides.length.millimeters_up()),
        width: centimeters(sides.width.millimeters_up()),
        height: centimeters(sides.height.millimeters_up()),
        unit: "CM",
    }
}

/// The currency is the market's: TikTok's own samples name it "dollar".
fn service(wire: wire::package::Service, market: &Market) -> ShippingService {
    let currency = market.facts().and_then(|facts| domain::Currency::parse(facts.currency).ok());
    ShippingService {
        price: currency.and_then(|currency| Money::parse(&wire.price, currency).ok()),
        days: wire.latest_delivery_days.and_then(|days| u16::try_from(days).ok()),
        id: wire.id,
        name: wire.name,
        provider: wire.shipping_provider_name,
        is_default: wire.is_default,
    }
}
