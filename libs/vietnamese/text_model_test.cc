#include "libs/vietnamese/text_model.h"

#include <fstream>

#include "libs/base/status_matchers.h"
#include "libs/base/temp_folder.h"
#include "libs/vietnamese/capitals.h"

namespace vang {
namespace {

std::string Names() {
  return SerializeNames({{"hà nội", "Hà Nội", 0.99},
                         {"hà", "Hà", 0.9},
                         {"đại học quốc gia", "Đại học Quốc gia", 0.9}});
}

std::vector<std::string_view> Split(std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    words.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

std::shared_ptr<const TextModel> Model() {
  auto model = TextModel::Parse(Names(), "# by hand\nUBND\tu bê en đê\n", "vân\nhồng\n");
  EXPECT_THAT(model, IsOk());
  return model.value();
}

std::string Names(std::string_view text) {
  std::string out;
  for (const FoundName& name : FindNames(Split(text), *Model())) {
    for (const std::string& word : name.written) out += word + ' ';
    out += '|';
  }
  return out;
}

TEST(TextModel, FindsTheLongestPhrase) {
  const auto words = Split("ở hà nội có đại học quốc gia");
  EXPECT_FALSE(Model()->Find(words, 0));
  EXPECT_EQ(Model()->Find(words, 1)->written, "Hà Nội");
  EXPECT_EQ(Model()->Find(words, 4)->words, 4u);
  EXPECT_EQ(Model()->Find(Split("hà đông"), 0)->words, 1u);
}

TEST(TextModel, NamesKeepTheirCapitalsAndAbbreviationsBecomeOneWord) {
  EXPECT_EQ(Names("tôi ở hà nội học đại học quốc gia"), "Hà Nội |Đại học Quốc gia |");
  EXPECT_EQ(Names("gặp u bê en đê thành phố"), "UBND |");
  EXPECT_EQ(Names("không có gì"), "");
}

TEST(TextModel, PeopleAreFoundByFamilyAndGivenNames) {
  EXPECT_EQ(Names("chị nguyễn thị hồng vân nói"), "Nguyễn Thị Hồng Vân |");
  EXPECT_EQ(Names("anh lê văn tám ở đây"), "");
  EXPECT_EQ(Names("cô lê thị vân ở đây"), "Lê Thị Vân |");
  EXPECT_EQ(Names("quả lê vân vàng"), "");
}

TEST(TextModel, RefusesWhatIsDamaged) {
  std::string names = Names();
  EXPECT_THAT(TextModel::Parse(""), HasCode(Code::kDataLoss));
  EXPECT_THAT(TextModel::Parse(names.substr(0, names.size() - 1)), HasCode(Code::kDataLoss));
  names[names.size() - 3] ^= 1;
  EXPECT_THAT(TextModel::Parse(names), Fails(Code::kDataLoss, "checksum"));
  EXPECT_THAT(TextModel::Parse(Names(), "UBND u bê\n"), HasCode(Code::kDataLoss));
  EXPECT_THAT(TextModel::Parse(Names(), "A\ta\nB\ta\n"), Fails(Code::kDataLoss, "twice"));
  EXPECT_THAT(TextModel::Parse(Names(), "", "hai từ\n"), HasCode(Code::kDataLoss));
}

TEST(TextModel, LoadsAFolderAndSaysWhichOneIsBad) {
  const TempFolder folder;
  EXPECT_THAT(TextModel::Load(folder.path()), HasCode(Code::kNotFound));
  std::ofstream(folder.path() / "names.txt") << Names();
  EXPECT_EQ(TextModel::Load(folder.path()).value()->entries(), 3u);
  std::ofstream(folder.path() / "names.txt") << "nonsense";
  EXPECT_THAT(TextModel::Load(folder.path()), Fails(Code::kDataLoss, folder.path().string()));
}

TEST(Capitals, OfVietnameseLetters) {
  EXPECT_EQ(Capitalized("đà"), "Đà");
  EXPECT_EQ(Capitalized("ứng"), "Ứng");
  EXPECT_EQ(Capitalized("ơi"), "Ơi");
  EXPECT_EQ(Capitalized("ý"), "Ý");
  EXPECT_EQ(Capitalized("abc"), "Abc");
  EXPECT_EQ(Capitalized("12 kg"), "12 kg");
  EXPECT_EQ(Capitalized(""), "");
  EXPECT_TRUE(HasUpper("xinĐ"));
  EXPECT_FALSE(HasUpper("xin đi"));
  EXPECT_FALSE(HasLower("XIN ĐI"));
}

}  // namespace
}  // namespace vang
