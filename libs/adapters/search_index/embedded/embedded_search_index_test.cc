#include "libs/adapters/search_index/embedded/embedded_search_index.h"

#include "tests/contract/search_index_contract.h"

namespace vang {
namespace {

Result<std::unique_ptr<SearchIndex>> MakeEmbedded(const std::filesystem::path& folder,
                                                  int dimension) {
  return OpenEmbeddedSearchIndex({(folder / "index.db").string(), dimension});
}

INSTANTIATE_TEST_SUITE_P(Embedded, SearchIndexContract, testing::Values(&MakeEmbedded));

Point Only() {
  Point point;
  point.id = "p";
  point.tenant = "a";
  point.recording_id = "r";
  point.text = "xin chào";
  point.vector = {1, 0};
  return point;
}

TEST(EmbeddedSearchIndex, IsEmptiedWhenItsVectorsHaveAnotherSize) {
  TempFolder folder;
  {
    auto index = MakeEmbedded(folder.path(), 2);
    VANG_ASSERT_OK(index);
    VANG_ASSERT_OK((*index)->ReplaceRecording(Context(), "a", "r", {Only()}));
  }
  auto same = MakeEmbedded(folder.path(), 2);
  VANG_ASSERT_OK(same);
  EXPECT_EQ(*(*same)->CountPoints(Context(), "a", "r"), 1u);
  same->reset();
  auto other = MakeEmbedded(folder.path(), 3);
  VANG_ASSERT_OK(other);
  EXPECT_EQ(*(*other)->CountPoints(Context(), "a", "r"), 0u);
}

TEST(EmbeddedSearchIndex, NeedsADimension) {
  TempFolder folder;
  EXPECT_THAT(MakeEmbedded(folder.path(), 0), HasCode(Code::kInvalidArgument));
}

// What is durable is in the file alone: a copy of it taken while the index is open, as a crash
// leaves it, holds all that was answered with OK.
TEST(EmbeddedSearchIndex, LosesNothingThatItAcknowledgedInACrash) {
  TempFolder folder;
  TempFolder crashed;
  auto index = MakeEmbedded(folder.path(), 2);
  VANG_ASSERT_OK(index);
  VANG_ASSERT_OK((*index)->ReplaceRecording(Context(), "a", "r", {Only()}));
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    std::filesystem::copy(entry.path(), crashed.path() / entry.path().filename());
  }
  auto again = MakeEmbedded(crashed.path(), 2);
  VANG_ASSERT_OK(again);
  EXPECT_EQ(*(*again)->ContentHash(Context()), *(*index)->ContentHash(Context()));
  SearchQuery query;
  query.tenant = "a";
  query.text = "chào";
  EXPECT_EQ((*again)->Search(Context(), query)->size(), 1u);
}

}  // namespace
}  // namespace vang
