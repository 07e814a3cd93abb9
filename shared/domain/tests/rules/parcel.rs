//! Packing.

use domain::SkuId;
use domain::measure::{Length, Weight};
use domain::order::LineItem;
use domain::parcel::{CatalogueItem, CatalogueSource, Dimensions, Parcel, ParcelError, pack};

use crate::support::{at, item};

fn unit(sku: &str, seller_sku: &str) -> LineItem {
    LineItem { sku: SkuId::new(sku), seller_sku: seller_sku.into(), ..item("unit") }
}

fn inches(sides: [u32; 3]) -> Dimensions {
    let [a, b, c] = sides.map(Length::inches);
    Dimensions::new(a, b, c)
}

fn entry(sku: &str, ounces: Option<u32>, sides: Option<[u32; 3]>, source: CatalogueSource) -> CatalogueItem {
    CatalogueItem {
        sku: SkuId::new(sku),
        weight: ounces.map(Weight::ounces),
        dimensions: sides.map(inches),
        source,
        read_at: at(0),
    }
}

fn from_tiktok(sku: &str, ounces: u32, sides: impl Into<Option<[u32; 3]>>) -> CatalogueItem {
    entry(sku, Some(ounces), sides.into(), CatalogueSource::TikTok)
}

fn imported(sku: &str, ounces: u32, sides: impl Into<Option<[u32; 3]>>) -> CatalogueItem {
    entry(sku, Some(ounces), sides.into(), CatalogueSource::Import)
}

#[track_caller]
fn check(units: &[LineItem], catalogue: &[CatalogueItem], ounces: u32, sides: Option<[u32; 3]>) {
    let expect = Parcel { weight: Weight::ounces(ounces), dimensions: sides.map(inches) };
    assert_eq!(pack(units, catalogue), Ok(expect));
    let reversed: Vec<_> = units.iter().rev().cloned().collect();
    assert_eq!(pack(&reversed, catalogue), Ok(expect), "the order of the units means nothing");
}

#[test]
fn weights_add_up_and_units_are_packed() {
    let catalogue = [from_tiktok("a", 10, [6, 4, 2]), from_tiktok("b", 5, [3, 3, 1])];
    let (a, b) = (unit("a", ""), unit("b", ""));
    check(std::slice::from_ref(&a), &catalogue, 10, Some([6, 4, 2]));
    check(&[a.clone(), a.clone()], &catalogue, 20, Some([6, 4, 4]));
    check(&[a.clone(), b.clone()], &catalogue, 15, Some([6, 4, 3]));
    // Three high: the height has become one of the two longest sides.
    check(&[a.clone(), a.clone(), a.clone()], &catalogue, 30, Some([6, 6, 4]));
    check(&[a.clone(), b.clone(), b, a], &catalogue, 30, Some([6, 5, 4]));
    let tall = vec![unit("a", ""); 5];
    check(&tall, &catalogue, 50, Some([10, 6, 4]));
}

#[test]
fn one_missing_size_leaves_out_the_size() {
    let catalogue = [from_tiktok("a", 10, [6, 4, 2]), from_tiktok("b", 5, None)];
    check(&[unit("a", ""), unit("b", "")], &catalogue, 15, None);
}

#[test]
fn without_a_weight_there_is_no_parcel() {
    let catalogue = [from_tiktok("a", 10, None), entry("b", None, Some([1, 1, 1]), CatalogueSource::TikTok)];
    let units = [unit("b", ""), unit("c", ""), unit("a", ""), unit("b", ""), unit("c", "")];
    let error = pack(&units, &catalogue).unwrap_err();
    assert_eq!(error, ParcelError::WeightUnknown { skus: vec![SkuId::new("b"), SkuId::new("c")] });
    assert_eq!(error.to_string(), "no weight is known for SKU b, c");
    assert_eq!(pack(&[], &catalogue), Err(ParcelError::Empty));
}

#[test]
fn the_sellers_file_wins() {
    let tiktok = from_tiktok("a", 10, [6, 4, 2]);
    let own = imported("a", 12, [7, 4, 2]);
    for catalogue in [[tiktok.clone(), own.clone()], [own, tiktok.clone()]] {
        check(&[unit("a", "MUG")], &catalogue, 12, Some([7, 4, 2]));
    }
    check(&[unit("a", "MUG")], &[tiktok, imported("MUG", 13, None)], 13, None);
}

#[test]
fn a_sellers_name_is_found_in_the_sellers_file_only() {
    let named = pack(&[unit("a", "77")], &[from_tiktok("77", 10, None)]);
    assert!(named.is_err(), "TikTok's SKU 77 is another one");
    let nameless = pack(&[unit("a", "")], &[imported("", 10, None)]);
    assert!(nameless.is_err(), "no name is no match");
}

#[test]
fn forty_cubes_are_packed_as_people_pack() {
    check(&vec![unit("cube", ""); 40], &[from_tiktok("cube", 5, [4, 4, 4])], 200, Some([20, 16, 8]));
}

#[test]
fn what_no_carrier_takes_as_one_parcel_is_none() {
    let too_large = |count: usize, ounces: u32, sides: Option<[u32; 3]>| {
        let parcel = pack(&vec![unit("a", ""); count], &[from_tiktok("a", ounces, sides)]);
        parcel.err().map(|error| error.to_string())
    };
    assert_eq!(too_large(150, 16, None), None, "150 lb");
    let heavy = "together the items are 151 lb, more than any carrier takes as one parcel";
    assert_eq!(too_large(151, 16, None).as_deref(), Some(heavy));
    assert_eq!(too_large(1, 16, Some([108, 10, 10])), None);
    assert!(too_large(1, 16, Some([109, 10, 10])).is_some());
    assert_eq!(too_large(1, 16, Some([65, 25, 25])), None, "165 in");
    let large = "together the items are 1 lb and 66x25x25 in, more than any carrier takes as one parcel";
    assert_eq!(too_large(1, 16, Some([66, 25, 25])).as_deref(), Some(large));
    assert!(too_large(1_000, 1, Some([8, 8, 8])).is_some());
}

#[test]
fn the_heaviest_things_do_not_overflow() {
    let catalogue = [CatalogueItem {
        weight: Some(Weight::pounds(u32::MAX)),
        dimensions: Some(inches([u32::MAX; 3])),
        ..from_tiktok("a", 1, None)
    }];
    let units = vec![unit("a", ""); 50];
    let Err(ParcelError::TooLarge(parcel)) = pack(&units, &catalogue) else { panic!("one parcel") };
    assert_eq!(parcel.weight, Weight::pounds(u32::MAX), "saturated");
    for carrier in [domain::rates::Carrier::Ups, domain::rates::Carrier::Usps] {
        domain::rates::billable_weight(carrier, &parcel, jiff::civil::date(2026, 9, 21));
    }
}
