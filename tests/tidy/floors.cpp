#include "tidy/floors.hpp"

#include <algorithm>
#include <cctype>
#include <optional>

namespace tidy {
namespace {

constexpr std::string_view kDocument = "docs/ARCHITECTURE.md";
constexpr std::string_view kPublicFolder = "rudp/include/rudp/";
constexpr std::string_view kTableHead = "| floor | folder | may include |";
constexpr std::string_view kSource[] = {"rudp/", "chat/", "server/", "client/"};

// A public header that is the door of a room belongs to that room, not to floor 0.
struct Door {
  std::string_view header, folder;
};
constexpr Door kDoors[] = {{"rudp/include/rudp/uv_endpoint.hpp", "rudp/uv/"},
                           {"rudp/include/rudp/sim.hpp", "rudp/sim/"},
                           {"rudp/include/rudp/sim/", "rudp/sim/"}};

// Users see what is installed and nothing else.
constexpr std::string_view kExamples = "examples/";

std::vector<std::string> cells_of(const std::string& row) {
  std::vector<std::string> cells;
  std::size_t begin = 1;
  for (std::size_t end = row.find('|', begin); end != std::string::npos; end = row.find('|', begin)) {
    cells.push_back(row.substr(begin, end - begin));
    begin = end + 1;
  }
  return cells;
}

std::vector<std::string> quoted_in(const std::string& cell) {
  std::vector<std::string> names;
  for (std::size_t open = cell.find('`'); open != std::string::npos; open = cell.find('`', open + 1)) {
    const std::size_t close = cell.find('`', open + 1);
    if (close == std::string::npos) break;
    names.push_back(cell.substr(open + 1, close - open - 1));
    open = close;
  }
  return names;
}

std::string without_quoted(std::string cell) {
  for (std::size_t open = cell.find('`'); open != std::string::npos; open = cell.find('`')) {
    const std::size_t close = cell.find('`', open + 1);
    cell.erase(open, close == std::string::npos ? std::string::npos : close - open + 1);
  }
  return cell;
}

struct Range {
  int first = 0, last = 0;
};

// "0-2, 4" -> {0,2}, {4,4}
std::vector<Range> ranges_in(const std::string& cell) {
  std::vector<Range> ranges;
  bool after_dash = false;
  for (std::size_t i = 0; i < cell.size(); ++i) {
    if (cell[i] == '-' && !ranges.empty()) after_dash = true;
    if (std::isdigit(static_cast<unsigned char>(cell[i])) == 0) continue;
    const int floor = cell[i] - '0';
    if (after_dash) ranges.back().last = floor;
    if (!after_dash) ranges.push_back({floor, floor});
    after_dash = false;
  }
  return ranges;
}

std::optional<int> half_floors_in(const std::string& cell) {
  const std::size_t digit = cell.find_first_of("0123456789");
  if (digit == std::string::npos) return std::nullopt;
  return 2 * (cell[digit] - '0') + (cell.find("½") != std::string::npos ? 1 : 0);
}

struct Row {
  std::size_t line = 0;
  std::vector<Range> ranges;
  std::vector<std::string> folders;
};

void add_row(FloorTable& table, std::vector<Row>& rows, const std::string& text, std::size_t line) {
  const std::vector<std::string> cells = cells_of(text);
  const std::optional<int> floor = cells.size() < 3 ? std::nullopt : half_floors_in(cells[0]);
  if (!floor || quoted_in(cells[1]).empty()) {
    table.findings.push_back({std::string(kDocument), line, "a row without a floor or a folder"});
    return;
  }
  for (const std::string& folder : quoted_in(cells[1])) {
    table.rooms.push_back({folder, *floor, {}});
    rows.push_back({line, ranges_in(without_quoted(cells[2])), quoted_in(cells[2])});
  }
}

const Room* room_named(const FloorTable& table, std::string_view folder) {
  const auto found = std::find_if(table.rooms.begin(), table.rooms.end(),
                                  [&](const Room& room) { return room.folder == folder; });
  return found == table.rooms.end() ? nullptr : &*found;
}

void resolve(FloorTable& table, Room& room, const Row& row) {
  for (const Room& other : table.rooms) {
    const int floor = other.half_floors / 2;
    const bool in_range = std::any_of(row.ranges.begin(), row.ranges.end(),
                                      [&](Range r) { return r.first <= floor && floor <= r.last; });
    if (in_range) room.may_include.insert(other.folder);
  }
  for (const std::string& folder : row.folders) {
    room.may_include.insert(folder);
    if (room_named(table, folder) == nullptr) {
      table.findings.push_back({std::string(kDocument), row.line, "no such folder in the table: " + folder});
    }
  }
}

std::string_view room_of(const FloorTable& table, std::string_view path) {
  for (const Door& door : kDoors) {
    if (starts_with(path, door.header)) return door.folder;
  }
  std::string_view longest;
  for (const Room& room : table.rooms) {
    if (starts_with(path, room.folder) && room.folder.size() > longest.size()) longest = room.folder;
  }
  return longest;
}

/// The file of the tree that an include line means; empty for headers of others.
std::string target_of(const Tree& tree, const SourceFile& from, const Include& include) {
  if (include.angle) {
    const std::string path = "rudp/include/" + include.name;
    return starts_with(include.name, "rudp/") ? path : "";
  }
  const std::string own_folder = from.path.substr(0, from.path.rfind('/') + 1);
  for (const std::string& base : {std::string(), std::string("rudp/"), std::string("tests/"), own_folder}) {
    if (tree.count(base + include.name) != 0) return base + include.name;
  }
  return "";
}

class Arrows {
 public:
  Arrows(const FloorTable& table, const Tree& tree) : table_(table), tree_(tree) {}

  void check(const SourceFile& file) {
    for (const Include& include : includes_of(file)) {
      const std::string problem = problem_of(file, include);
      if (!problem.empty()) findings.push_back({file.path, include.line, problem + ": " + include.name});
    }
  }

  Findings findings;

 private:
  std::string problem_of(const SourceFile& file, const Include& include) const {
    const std::string target = target_of(tree_, file, include);
    if (target.empty())
      return include.angle || ends_with(include.name, ".pb.h") ? "" : "includes no file of this tree";
    if (tree_.count(target) == 0) return "includes no public header";
    const bool is_public = starts_with(target, kPublicFolder);
    if (is_public != include.angle) return "<angle> is for public headers, \"quotes\" for private ones";
    if (starts_with(file.path, kExamples)) return is_public ? "" : "an example may see public headers only";

    const std::string_view from = room_of(table_, file.path), to = room_of(table_, target);
    if (from.empty()) return "";  // tests, fuzz targets and benchmarks may look into every room
    if (to.empty()) return "shipped code may not include tests";
    if (!starts_with(file.path, "rudp/") && starts_with(target, "rudp/") && !is_public) {
      return "private headers of rudp stay in rudp";
    }
    if (from == to) return "";
    const Room* room = room_named(table_, from);
    if (room->may_include.count(std::string(to)) == 0)
      return room->folder + " may not include " + std::string(to);
    // From outside, and from a room above, a door is all there is to a room.
    return "";
  }

  const FloorTable& table_;
  const Tree& tree_;
};

}  // namespace

FloorTable read_floor_table(const SourceFile& document) {
  FloorTable table;
  std::vector<Row> rows;
  bool inside = false;
  for (std::size_t i = 0; i < document.lines.size(); ++i) {
    const std::string& line = document.lines[i];
    if (starts_with(line, kTableHead)) {
      inside = true;
      ++i;  // the rule under the head
    } else if (inside && starts_with(line, "|")) {
      add_row(table, rows, line, i + 1);
    } else {
      inside = false;
    }
  }
  if (table.rooms.empty()) table.findings.push_back({document.path, 0, "no floor table"});
  for (std::size_t i = 0; i < rows.size(); ++i) resolve(table, table.rooms[i], rows[i]);
  return table;
}

Findings check_table_points_down(const FloorTable& table) {
  Findings findings;
  for (const Room& room : table.rooms) {
    for (const std::string& folder : room.may_include) {
      const Room* other = room_named(table, folder);
      if (other == nullptr || other->half_floors < room.half_floors) continue;
      findings.push_back({std::string(kDocument), 0, room.folder + " -> " + folder + " does not point down"});
    }
  }
  return findings;
}

Findings check_table_is_complete(const FloorTable& table, const Tree& tree) {
  Findings findings;
  for (const auto& [path, file] : tree) {
    const bool shipped =
        file.is_cpp() && std::any_of(std::begin(kSource), std::end(kSource),
                                     [&path = path](auto top) { return starts_with(path, top); });
    if (shipped && room_of(table, path).empty())
      findings.push_back({path, 0, "lies in no folder of the floor table"});
  }
  return findings;
}

Findings check_arrows(const FloorTable& table, const Tree& tree) {
  Arrows arrows(table, tree);
  for (const auto& [path, file] : tree) arrows.check(file);
  return arrows.findings;
}

}  // namespace tidy
