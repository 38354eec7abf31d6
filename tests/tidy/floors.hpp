// The floors of the house: which folder may include which.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "tidy/source_tree.hpp"

namespace tidy {

/// One folder of the floor table of docs/ARCHITECTURE.md.
struct Room {
  std::string folder;                 ///< "rudp/wire/"
  int half_floors = 0;                ///< 7 is floor 3½: it stands above 3 and counts as 3 in a range
  std::set<std::string> may_include;  ///< folders, its own not named
};

/// Reads the table whose head begins "| floor | folder | may include |". The
/// second column names folders in backticks; the third holds floors (0), ranges
/// (0-3) and single folders in backticks. Unknown words are findings.
struct FloorTable {
  std::vector<Room> rooms;
  Findings findings;
};
FloorTable read_floor_table(const SourceFile& document);

/// What no table may say: an arrow to the same floor or upwards.
Findings check_table_points_down(const FloorTable& table);
/// Every folder that holds code has a row.
Findings check_table_is_complete(const FloorTable& table, const Tree& tree);
/// Every include line against the table.
Findings check_arrows(const FloorTable& table, const Tree& tree);

}  // namespace tidy
