//! `import-catalogue`, as a shopkeeper uses it: files as spreadsheets save them, and what the program says of them.

use std::path::Path;
use std::sync::Arc;

use crate::support::{finish, punctual};
use backend::{CatalogueStore as _, OrderStore as _, ShopStore as _};
use backend_contract::samples;
use backend_sqlite::SqliteBackend;
use domain::measure::{Length, Weight};
use domain::parcel::{CatalogueItem, CatalogueSource};
use domain::{ShopId, SkuId};
use system::{Clock as _, SystemClock};
use tempfile::TempDir;

const SHOP: &str = "7495551200000000001";
const HEADER: &str = "sku,weight,weight_unit,length,width,height,size_unit";

/// Imports a file with this content; whether it went well, and what was said.
fn import(data: &TempDir, content: impl AsRef<[u8]>) -> (bool, String) {
    import_for(data, content, SHOP)
}

fn import_for(data: &TempDir, content: impl AsRef<[u8]>, shop: &str) -> (bool, String) {
    let file = data.path().join("weights.csv");
    std::fs::write(&file, content).unwrap();
    let mut command = punctual(&data.path().join("data"));
    let output = finish(command.arg("import-catalogue").arg(&file).args(["--shop", shop]));
    (output.status.success(), String::from_utf8(output.stderr).unwrap())
}

fn backend(data: &TempDir) -> SqliteBackend {
    let folder: &Path = &data.path().join("data");
    SqliteBackend::open(folder, Arc::new(SystemClock)).unwrap()
}

/// What is stored of these SKUs.
async fn stored(data: &TempDir, skus: &[&str]) -> Vec<CatalogueItem> {
    let skus: Vec<_> = skus.iter().copied().map(SkuId::new).collect();
    backend(data).get_items(&ShopId::new(SHOP), &skus).await.unwrap()
}

/// A file is read, and its MUG-01 has these figures.
#[track_caller]
fn check_read(content: impl AsRef<[u8]>, weight: (&str, &str), length: (&str, &str)) {
    let data = tempfile::tempdir().unwrap();
    let (done, said) = import(&data, content.as_ref());
    let what = String::from_utf8_lossy(content.as_ref());
    assert!(done && said.starts_with("1 SKU imported: 1 new, 0 changed, 0 unchanged."), "{what}: {said}");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let items = runtime.block_on(stored(&data, &["MUG-01"]));
    assert_eq!(items[0].weight, Weight::parse(weight.0, weight.1).ok(), "{what}");
    assert_eq!(items[0].dimensions.map(|size| size.length), Length::parse(length.0, length.1).ok(), "{what}");
}

/// A file is refused with these words, and nothing of it is stored.
#[track_caller]
fn check_refused(content: impl AsRef<[u8]>, expect: &[&str]) {
    let data = tempfile::tempdir().unwrap();
    let (done, said) = import(&data, content.as_ref());
    let what = String::from_utf8_lossy(content.as_ref());
    assert!(!done, "{what}: {said}");
    for expect in expect {
        assert!(said.contains(expect), "{what}\nlacks {expect}\nin {said}");
    }
    let runtime = tokio::runtime::Runtime::new().unwrap();
    assert!(runtime.block_on(stored(&data, &["MUG-01", "PAD", "1.72938E+18"])).is_empty(), "{what}");
}

#[test]
fn files_as_spreadsheets_of_all_countries_save_them_are_read() {
    let row = "MUG-01,12.5,oz,6,5,4,in";
    let ounces = ("12.5", "oz");
    let six = ("6", "in");
    check_read(format!("{HEADER}\n{row}\n"), ounces, six);
    check_read(format!("\u{FEFF}{HEADER}\r\n{row}\r\n"), ounces, six);
    check_read(format!("{HEADER}\r{row}\r"), ounces, six);
    check_read(format!("{HEADER}\n\"MUG-01\u{A0}\", 12.5 ,oz,6,5,4,in\n"), ounces, six);
    check_read(format!("SKU,Weight,Weight Unit,LENGTH,width,height,Size unit\n{row}"), ounces, six);
    check_read(format!("{HEADER}\nMUG-01,12.5,ounces,6,5,4,inches"), ounces, six);
    check_read(format!("{HEADER}\n{row}\n\n,,,,,,\n,,,,,,\n"), ounces, six);
    check_read(format!("{HEADER}\n{row}\n{row}\n"), ounces, six);
    check_read(format!("{}\n{}\n", HEADER.replace(',', "\t"), row.replace(',', "\t")), ounces, six);
    let semicolons = format!("{}\nMUG-01;0,35;kg;15,5;12;10;cm\n", HEADER.replace(',', ";"));
    check_read(&semicolons, ("0.35", "kg"), ("15.5", "cm"));
    check_read(format!("sep=;\r\n{semicolons}"), ("0.35", "kg"), ("15.5", "cm"));
    for (mark, bytes) in
        [([0xFF, 0xFE], u16::to_le_bytes as fn(u16) -> [u8; 2]), ([0xFE, 0xFF], u16::to_be_bytes)]
    {
        let text = format!("{HEADER}\r\n{row}\r\n");
        let utf16: Vec<u8> = mark.into_iter().chain(text.encode_utf16().flat_map(bytes)).collect();
        check_read(utf16, ounces, six);
    }
    check_read(
        format!("{HEADER}\nMUG-01,0.7699999999999999,lb,6,5,4,in\n"),
        ("0.7699999999999999", "lb"),
        six,
    );
}

#[test]
fn ids_that_a_spreadsheet_has_spoilt_are_refused_by_line() {
    check_refused(
        format!("{HEADER}\n1.72938E+18,12.5,oz,6,5,4,in\n1.72938E+18,99,lb,6,5,4,in\n"),
        &["Line 2, column sku: \"1.72938E+18\" is a number in scientific notation", "Line 3, column sku:"],
    );
    check_refused(
        format!("{HEADER}\n'1729380000000000123,12.5,oz,,,,\n"),
        &["Line 2, column sku:", "begins with '"],
    );
}

#[test]
fn the_same_sku_with_other_figures_is_refused() {
    let expect = "Line 4, column sku: \"MUG-01\" is also in line 2, with different figures.";
    check_refused(format!("{HEADER}\nMUG-01,12.5,oz,6,5,4,in\n\nMUG-01,30,oz,6,5,4,in\n"), &[expect]);
}

#[test]
fn a_file_without_a_sku_is_an_error() {
    for content in ["", "\n\n", HEADER, "\u{FEFF}sku,weight,weight_unit\r\n,,\r\n"] {
        check_refused(content, &["weights.csv", "the file is empty"]);
    }
}

#[test]
fn every_bad_line_is_named_in_words_with_the_number_that_an_editor_shows() {
    check_refused(
        format!(
            "{HEADER}\r\n\r\nPAD,0.4,kg,,,,\r\nMUG-01,abc,oz,6,5,4,in\r\n\r\nCUP,0,oz,6,,4,in\r\n,1,stone,6,5,4,\r\n"
        ),
        &[
            "nothing was imported",
            "Line 4, column weight: \"abc\" is not a number such as 0.75.",
            "Line 6, column weight: 0 is zero.",
            "Line 6, column width: the number is missing.",
            "Line 7, column sku: the SKU is missing.",
            "Line 7, column weight: the unit \"stone\" is unknown; expected g, kg, oz or lb.",
            "Line 7, column length: the unit is missing; expected in, cm or mm.",
            "Correct this and import the file again.",
        ],
    );
    check_refused(
        format!("{HEADER}\nMUG-01,0,35,kg,6,5,4,in\n"),
        &["Line 2: there are 8 columns and 7 in the header"],
    );
    let rows: String = (0..25).map(|n| format!("S{n},heavy,oz,,,,\n")).collect();
    check_refused(format!("{HEADER}\n{rows}"), &["Line 21, column weight:", "... and 5 more"]);
}

#[test]
fn what_is_no_csv_file_is_named() {
    check_refused(b"sku,weight,weight_unit\nTasse-gr\xFCn,1,oz\n", &["line 2", "Windows-1252", "CSV UTF-8"]);
    check_refused(b"PK\x03\x04\x14\x00", &["workbook"]);
    check_refused("sku,grams\nMUG-01,1\n", &["the header has no column weight; it has: sku, grams."]);
}

#[tokio::test]
async fn says_what_is_new_changed_and_what_matches_no_order() {
    let data = tempfile::tempdir().unwrap();
    let file = |mug: &str| format!("{HEADER}\nsku-1,{mug},oz,,,,\nMUG-01,2,oz,,,,\nMUG-02,3,oz,,,,\n");
    let (done, said) = import(&data, file("1"));
    assert!(done, "{said}");
    assert!(said.contains("3 SKUs imported: 3 new, 0 changed, 0 unchanged."), "{said}");
    assert!(said.contains("no order of this shop is stored"), "{said}");

    let now = SystemClock.now();
    let mut record = samples::order(SHOP, "577000000000000001", now);
    record.order.items[0].sku = SkuId::new("sku-1");
    record.order.items[0].seller_sku = "MUG-01".to_owned();
    {
        let backend = backend(&data);
        backend.commit_shop(&samples::shop(SHOP, now), 0).await.unwrap();
        backend.commit_order(&record, 0).await.unwrap();
    }
    let (done, said) = import(&data, file("1.5"));
    assert!(done, "a warning is no error: {said}");
    assert!(said.contains("3 SKUs imported: 0 new, 1 changed, 2 unchanged."), "{said}");
    assert!(said.contains("Warning: 1 SKU is in no order of this shop so far"), "{said}");
    assert!(said.contains("typing errors: MUG-02.\n"), "{said}");
    assert_eq!(stored(&data, &["sku-1"]).await[0].weight, Weight::parse("1.5", "oz").ok());

    let many: String = (0..30).map(|n| format!("NO-{n},1,oz,,,,\n")).collect();
    let (_, said) = import(&data, format!("{HEADER}\n{many}"));
    assert!(
        said.contains("Warning: 30 SKUs are in no order") && said.contains("NO-19 and 10 more."),
        "{said}"
    );

    let (done, said) = import_for(&data, file("1"), "7495551200000000002");
    assert!(!done && said.contains("shop 7495551200000000002 is not connected"), "{said}");
    assert!(said.contains(SHOP), "{said}");
}

#[tokio::test]
async fn a_sku_of_a_product_that_was_read_is_known() {
    let data = tempfile::tempdir().unwrap();
    let from_tiktok = CatalogueItem {
        sku: SkuId::new("1729380000000000123"),
        weight: Some(Weight::ounces(9)),
        dimensions: None,
        source: CatalogueSource::TikTok,
        read_at: SystemClock.now(),
    };
    backend(&data).put_items(&ShopId::new(SHOP), &[from_tiktok]).await.unwrap();
    let (done, said) =
        import(&data, format!("{HEADER}\n1729380000000000123,1,lb,,,,\n1729380000000000124,1,lb,,,,\n"));
    assert!(done && said.contains("2 SKUs imported: 2 new"), "{said}");
    assert!(said.contains("typing errors: 1729380000000000124.\n"), "{said}");
}
