//! Weights and sizes from a seller's CSV file, as spreadsheets write them. A file is imported completely or not at all: half
//! a catalogue is worse than the old one.

mod cells;
mod columns;
mod text;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;

use domain::measure::{Length, Weight};
use domain::parcel::{CatalogueItem, CatalogueSource, Dimensions};
use domain::{SkuId, Timestamp};

use columns::Columns;
pub use columns::ColumnsError;
pub use text::EncodingError;

/// How many lines an error names.
const LINES_NAMED: usize = 20;

/// Why a file is not imported.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueFileError {
    #[error(transparent)]
    Encoding(#[from] EncodingError),
    #[error(transparent)]
    Columns(#[from] ColumnsError),
    #[error("the file is empty: there is no row with a SKU below the header")]
    Empty,
    #[error(transparent)]
    Lines(#[from] BadLines),
    #[error("the file is not a CSV file")]
    Csv(#[from] csv::Error),
}

/// Every line that can't be used.
#[derive(Debug, thiserror::Error)]
pub struct BadLines(Vec<BadLine>);

impl fmt::Display for BadLines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "nothing was imported, because of these lines:")?;
        for bad in self.0.iter().take(LINES_NAMED) {
            writeln!(f, "{bad}")?;
        }
        match self.0.len().saturating_sub(LINES_NAMED) {
            0 => {}
            more => writeln!(f, "... and {more} more")?,
        }
        write!(f, "Correct this and import the file again.")
    }
}

/// What is wrong in a line.
#[derive(Debug)]
struct BadLine {
    /// Counted from 1 with the header and blank lines, as an editor does.
    line: usize,
    /// The column, if one column is the problem.
    column: Option<&'static str>,
    problem: String,
}

impl fmt::Display for BadLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.column {
            Some(column) => write!(f, "Line {}, column {column}: {}.", self.line, self.problem),
            None => write!(f, "Line {}: {}.", self.line, self.problem),
        }
    }
}

/// Reads a catalogue: each SKU once, in the order of the file.
///
/// # Errors
/// With every line that can't be used.
pub fn read(bytes: &[u8], now: Timestamp) -> Result<Vec<CatalogueItem>, CatalogueFileError> {
    let text = text::decode(bytes)?;
    let separator = columns::separator(&text);
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(separator)
        .flexible(true)
        .has_headers(false)
        .from_reader(text.as_bytes());
    let mut lines = text::LineCounter::new(&text);
    let mut columns: Option<Columns> = None;
    let mut items: Vec<CatalogueItem> = Vec::new();
    let mut seen: HashMap<SkuId, (usize, usize)> = HashMap::new();
    let mut bad: Vec<BadLine> = Vec::new();
    for record in reader.records() {
        let record = record?;
        let line = lines.line_at(record.position().map_or(0, csv::Position::byte));
        if record.iter().all(|cell| cells::clean(cell).is_empty()) || columns::names_separator(&record) {
            continue;
        }
        let Some(columns) = &columns else {
            columns = Some(Columns::read(&record)?);
            continue;
        };
        let row = CatalogueRow { cells: &record, columns, separator };
        match row.item(now) {
            Ok(item) => match seen.entry(item.sku.clone()) {
                Entry::Vacant(place) => {
                    place.insert((line, items.len()));
                    items.push(item);
                }
                Entry::Occupied(place) if items[place.get().1] == item => {}
                Entry::Occupied(place) => {
                    let (first, _) = place.get();
                    let problem =
                        format!("{:?} is also in line {first}, with different figures", item.sku.as_str());
                    bad.push(BadLine { line, column: Some("sku"), problem });
                }
            },
            Err(problems) => {
                bad.extend(problems.into_iter().map(|(column, problem)| BadLine { line, column, problem }));
            }
        }
    }
    match (bad.is_empty(), items.is_empty()) {
        (false, _) => Err(BadLines(bad).into()),
        (true, true) => Err(CatalogueFileError::Empty),
        (true, false) => Ok(items),
    }
}

/// The column, if one column is the problem, and what is wrong.
type LineProblem = (Option<&'static str>, String);

/// One line below the header.
struct CatalogueRow<'a> {
    cells: &'a csv::StringRecord,
    columns: &'a Columns,
    separator: u8,
}

impl CatalogueRow<'_> {
    fn item(&self, now: Timestamp) -> Result<CatalogueItem, Vec<LineProblem>> {
        if self.cells.iter().skip(self.columns.count).any(|cell| !cells::clean(cell).is_empty()) {
            let problem = format!(
                "there are {} columns and {} in the header; put quotation marks around cells that contain the separator",
                self.cells.len(),
                self.columns.count
            );
            return Err(vec![(None, problem)]);
        }
        let (sku, weight, dimensions) = (self.sku(), self.weight(), self.dimensions());
        match (sku, weight, dimensions) {
            (Ok(sku), Ok(weight), Ok(dimensions)) => Ok(CatalogueItem {
                sku,
                weight: Some(weight),
                dimensions,
                source: CatalogueSource::Import,
                read_at: now,
            }),
            (sku, weight, dimensions) => {
                Err([sku.err(), weight.err(), dimensions.err()].into_iter().flatten().collect())
            }
        }
    }

    fn cell(&self, column: Option<usize>) -> &str {
        cells::clean(column.and_then(|column| self.cells.get(column)).unwrap_or_default())
    }

    fn sku(&self) -> Result<SkuId, LineProblem> {
        let sku = self.columns.skus.iter().map(|column| self.cell(Some(*column))).find(|sku| !sku.is_empty());
        let wrong = |problem| (Some("sku"), problem);
        let sku = sku.ok_or_else(|| wrong("the SKU is missing".to_owned()))?;
        cells::check_sku(sku).map_err(wrong)?;
        Ok(SkuId::new(sku))
    }

    fn weight(&self) -> Result<Weight, LineProblem> {
        let wrong = |problem| (Some("weight"), problem);
        let number = cells::number(self.cell(Some(self.columns.weight)), self.separator).map_err(wrong)?;
        let unit = self.cell(Some(self.columns.weight_unit));
        Weight::parse(&number, unit).map_err(|error| wrong(error.to_string()))
    }

    /// The size; `None` when all three sides are empty.
    fn dimensions(&self) -> Result<Option<Dimensions>, LineProblem> {
        let columns = &self.columns.sides;
        let names = ["length", "width", "height"];
        if columns.iter().all(|column| self.cell(*column).is_empty()) {
            return Ok(None);
        }
        let unit = self.cell(self.columns.size_unit);
        let mut sides = [Length::inches(0); 3];
        for ((side, column), name) in sides.iter_mut().zip(columns).zip(names) {
            let wrong = |problem| (Some(name), problem);
            let number = cells::number(self.cell(*column), self.separator).map_err(wrong)?;
            *side = Length::parse(&number, unit).map_err(|error| wrong(error.to_string()))?;
        }
        let [a, b, c] = sides;
        Ok(Some(Dimensions::new(a, b, c)))
    }
}
