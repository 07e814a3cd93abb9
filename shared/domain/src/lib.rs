//! The rules of Punctual, pure: orders, shipments, deadlines, rate choice, the purchase ledger, exceptions, money.
//!
//! **Architecture invariant:** nothing here reads a clock, draws a random number, does I/O or waits. Time, ids and
//! quotes are arguments; what comes out is a value or a decision that the functions perform.

mod alerts;
pub mod built_in;
mod buyers;
pub mod deadline;
mod orders;
pub mod rates;
pub mod remedy;
mod sellers;
mod shipments;
mod values;

// A module has one path, whatever folder it lies in.
pub use account_id::{AccountId, InvalidAccountId};
pub use alerts::{alarm, exception, recipient};
pub use buyers::{address, buyer_intent};
pub use carrier_text::CarrierText;
pub use ids::{
    AlarmId, BuyerId, CallId, CancelId, CarrierAccountId, CombineGroupId, CombinedParcelId, ConversationId,
    DeliveryId, DeliveryOptionId, LabelHandle, LineItemId, MessageId, OrderId, OrderKey, PackageId,
    ProductId, ProviderId, PurchaseKey, QuoteId, RecipientId, ShipmentId, ShopId, SkuId, TrackingNumber,
    WarehouseId,
};
pub use jiff::Timestamp;
pub use label_document::LabelDocument;
pub use money::{Currency, Money};
pub use orders::{combination, hold, message, order, record, route, sync};
pub use private::Private;
pub use sellers::{market, order_rate, polling, settings, shop};
use shipments::label_document;
pub use shipments::{customs, parcel, parties, purchase, shipment, stage, track};
use values::{account_id, carrier_text, width};
pub use values::{calendar, decimal, ids, json, measure, money, paging, private, retry, time, zone};
