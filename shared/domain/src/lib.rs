//! The rules of Punctual, pure: orders, shipments, deadlines, rate choice, the purchase ledger, exceptions, money.
//!
//! **Architecture invariant:** nothing here reads a clock, draws a random number, does I/O or waits. Time, ids and
//! quotes are arguments; what comes out is a value or a decision that the functions perform.

pub mod address;
pub mod alarm;
pub mod buyer_intent;
pub mod calendar;
mod carrier_text;
pub mod customs;
pub mod deadline;
pub mod decimal;
pub mod exception;
pub mod hold;
pub mod ids;
pub mod market;
pub mod measure;
pub mod message;
pub mod money;
pub mod order;
pub mod order_rate;
pub mod paging;
pub mod parcel;
pub mod polling;
pub mod private;
pub mod purchase;
pub mod rates;
pub mod recipient;
pub mod record;
pub mod remedy;
pub mod retry;
pub mod settings;
pub mod shipment;
pub mod shop;
pub mod stage;
pub mod sync;
pub mod track;
mod width;
pub mod zone;

pub use carrier_text::CarrierText;
pub use ids::{
    AlarmId, BuyerId, CallId, CancelId, CarrierAccountId, CarrierShipmentId, ConversationId, DeliveryId,
    DeliveryOptionId, LineItemId, MessageId, OrderId, OrderKey, PackageId, ProductId, ProviderId,
    PurchaseKey, QuoteId, RecipientId, ShipmentId, ShopId, SkuId, TrackingNumber, WarehouseId,
};
pub use jiff::Timestamp;
pub use money::{Currency, Money};
pub use private::Private;
